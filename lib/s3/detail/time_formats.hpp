#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace s3::detail {

/// "20261122T100000Z": what SigV4 calls the ISO 8601 basic format.
[[nodiscard]] std::string to_amz_date(core::Wall at);

/// "2026-11-22T10:00:00Z", with any number of digits after the seconds; finer than a millisecond is cut off.
[[nodiscard]] std::optional<core::Wall> parse_iso8601(std::string_view text);

}  // namespace s3::detail
