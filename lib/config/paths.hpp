#pragma once

#include <string>
#include <string_view>

namespace config {

/// Absolute, without '.', '..', empty components and a slash at the end: one spelling for each path. "/" is.
[[nodiscard]] bool is_normal_absolute(std::string_view path);
/// The normal spelling of an absolute path, by its text alone (symbolic links are not followed).
[[nodiscard]] std::string normalized(std::string_view path);
/// True if one of two normal paths is the other or lies below it.
[[nodiscard]] bool overlaps(std::string_view a, std::string_view b);

}  // namespace config
