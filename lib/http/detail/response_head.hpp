#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "http/reply.hpp"

namespace http::detail {

/// How the end of a body is told.
struct Framing {
  bool chunked = false;
  std::optional<std::uint64_t> length;
  bool keep_alive = true;
  unsigned version = 11;
};

/// Status line and fields, with the blank line at the end. A Content-Length in `reply` gives way to the framing's.
[[nodiscard]] std::string response_head(Reply const& reply, Framing const& framing);

}  // namespace http::detail
