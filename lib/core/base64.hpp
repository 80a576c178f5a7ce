#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace core {

/// RFC 4648 section 4, with padding. How JSON and URLs carry names that are not UTF-8.
[[nodiscard]] std::string to_base64(std::string_view bytes);

/// Strict: padding is there, nothing else than the 64 digits, unused bits are zero. nullopt if not so.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace core
