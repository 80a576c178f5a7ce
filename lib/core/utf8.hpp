#pragma once

#include <string>
#include <string_view>

namespace core {

/// Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing past U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view bytes) noexcept;

/// For display: invalid bytes become U+FFFD and control characters become \xNN, so a name can neither break
/// JSON nor steer a terminal. Not reversible.
[[nodiscard]] std::string to_display(std::string_view bytes);

}  // namespace core
