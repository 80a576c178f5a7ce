#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace domain {

struct DiffLine {
  enum class Op : std::uint8_t { same, added, removed };
  Op op = Op::same;
  std::string text;
};
[[nodiscard]] std::string_view to_string(DiffLine::Op op) noexcept;

/// The lines of both texts, as few of them as possible added and removed (Myers, "An O(ND) Difference Algorithm and Its
/// Variations"). Texts that differ in more than 2000 lines are shown as one replaced by the other, so that no text
/// takes long.
[[nodiscard]] std::vector<DiffLine> diff_lines(std::string_view from, std::string_view to);

}  // namespace domain
