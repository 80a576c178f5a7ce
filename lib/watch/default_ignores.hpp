#pragma once

#include <string_view>

namespace watch {

/// Why a file or directory of this name never enters the inventory ("a temporary file of rsync"), or empty when it may.
/// These are names that well-known writers give to files that are not finished yet. Pure.
[[nodiscard]] std::string_view default_ignored(std::string_view name) noexcept;

/// The same for a whole key: the first part of it that is ignored decides.
[[nodiscard]] std::string_view default_ignored_key(std::string_view key) noexcept;

}  // namespace watch
