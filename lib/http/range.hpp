#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/conditional.hpp"
#include "http/reply.hpp"

namespace http {

/// Which bytes of a representation an answer carries (RFC 9110 14).
struct ByteRange {
  enum class Kind : std::uint8_t {
    whole,         ///< 200
    part,          ///< 206 with Content-Range
    unsatisfiable  ///< 416 with Content-Range, no bytes
  };
  Kind kind = Kind::whole;
  std::uint64_t first = 0, size = 0;  ///< what to send
  std::uint64_t of = 0;               ///< the whole size
};

/// For a GET of something that is `of` bytes long. One range, a suffix ("bytes=-500") included. Several ranges, another
/// unit and what is malformed are ignored, as the RFC lets a server do, and so is a range whose If-Range does not hold:
/// by strong comparison of tags, or the very Last-Modified.
[[nodiscard]] ByteRange select_range(Headers const& request, std::uint64_t of, Validators const& now);
/// The same for `range` alone, the value of a Range header.
[[nodiscard]] ByteRange parse_range(std::string_view range, std::uint64_t of);

/// Sets status, Accept-Ranges, Content-Range, and Content-Length as a streaming reply needs it.
void set_range(Reply& reply, ByteRange const& range);

}  // namespace http
