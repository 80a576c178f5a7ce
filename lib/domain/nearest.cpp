#include "domain/nearest.hpp"

#include <algorithm>
#include <array>

namespace domain {
namespace {

constexpr std::size_t longest = 64;

/// Optimal string alignment distance, three rows at a time.
std::size_t distance(std::string_view a, std::string_view b) {
  std::array<std::size_t, longest + 1> before{};
  std::array<std::size_t, longest + 1> above{};
  std::array<std::size_t, longest + 1> row{};
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      auto const same = a[i - 1] == b[j - 1] ? 0U : 1U;
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + same});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = above;
    above = row;
  }
  return above[b.size()];
}

template <class Text>
std::optional<std::string> find_nearest(std::string_view name, std::span<Text const> known) {
  if (name.empty() || name.size() > longest) return std::nullopt;
  auto const tolerance = name.size() <= 3 ? std::size_t{1} : name.size() <= 8 ? std::size_t{2} : std::size_t{3};
  std::optional<std::string> best;
  auto best_distance = tolerance + 1;
  for (std::string_view const candidate : known) {
    if (candidate.empty() || candidate.size() > longest) continue;
    auto const found = distance(name, candidate);
    // Half of a short name replaced is another word, not a slip.
    if (found >= best_distance || found * 2 >= std::max(candidate.size(), name.size())) continue;
    best_distance = found;
    best = std::string(candidate);
  }
  return best;
}

template <class Text>
std::string ask(std::string_view name, std::span<Text const> known) {
  auto const best = find_nearest(name, known);
  return best ? "did you mean '" + *best + "'?" : std::string();
}

}  // namespace

std::optional<std::string> nearest(std::string_view name, std::span<std::string const> known) {
  return find_nearest(name, known);
}
std::optional<std::string> nearest(std::string_view name, std::span<std::string_view const> known) {
  return find_nearest(name, known);
}
std::string did_you_mean(std::string_view name, std::span<std::string const> known) {
  return ask(name, known);
}
std::string did_you_mean(std::string_view name, std::span<std::string_view const> known) {
  return ask(name, known);
}

}  // namespace domain
