#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace http {

/// "Sun, 22 Nov 2026 10:00:00 GMT" (IMF-fixdate, RFC 9110 5.6.7): the one form that may be generated. Fractions of a
/// second are cut off.
[[nodiscard]] std::string to_http_date(core::Wall at);
/// That form alone, the weekday unchecked; a leap second (60) is taken as the second after.
[[nodiscard]] std::optional<core::Wall> parse_http_date(std::string_view text);

}  // namespace http
