#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "http/headers.hpp"
#include "s3/object.hpp"

namespace s3::detail {

/// "bytes 0-9/100" (RFC 9110 14.4).
struct ContentRange {
  std::int64_t first = 0, last = 0, total = 0;
};

/// nullopt if there is none, or one that is not of this form or does not add up.
[[nodiscard]] std::optional<ContentRange> read_content_range(http::Headers const& headers);

/// Of a HEAD, or of a GET answered with 200 or 206. nullopt if the object's size cannot be told, or Content-Length and
/// Content-Range contradict each other.
[[nodiscard]] std::optional<ObjectInfo> read_object_headers(http::Headers const& headers);

/// Without quotes and weakness mark.
[[nodiscard]] std::string_view bare_etag(std::string_view text);

}  // namespace s3::detail
