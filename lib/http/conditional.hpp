#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/time.hpp"
#include "http/headers.hpp"

namespace http {

/// What tells two representations of a resource apart (RFC 9110 8.8).
struct Validators {
  Validators() = default;
  explicit Validators(std::string with_etag, std::optional<core::Wall> modified = std::nullopt)
      : etag(std::move(with_etag)), last_modified(modified) {}

  std::string etag;  ///< with its quotes, as strong_etag() makes it; empty: none
  std::optional<core::Wall> last_modified;
};

/// "\"abc\"": `opaque` is of [!#-~], e.g. a hash in hex.
[[nodiscard]] std::string strong_etag(std::string_view opaque);

/// Whether a GET or HEAD with these headers is answered with 304: If-None-Match, and where there is none
/// If-Modified-Since (RFC 9110 13.2.2). Ask it before the range.
[[nodiscard]] bool is_not_modified(Headers const& request, Validators const& now);

/// Sets ETag and Last-Modified of an answer, 304 included.
void set_validators(Headers& reply, Validators const& now);

}  // namespace http
