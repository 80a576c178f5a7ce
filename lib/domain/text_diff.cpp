#include "domain/text_diff.hpp"

#include <algorithm>
#include <optional>

namespace domain {

namespace {

using Op = DiffLine::Op;
using Lines = std::vector<std::string_view>;

constexpr int most_changes = 2000;

Lines split(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    auto const newline = text.find('\n');
    lines.push_back(text.substr(0, newline));
    text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
  }
  return lines;
}

/// The furthest x on each diagonal k = x - y after d changes, for k from -d to d; one row for each d.
class Trace {
 public:
  [[nodiscard]] int at(int d, int k) const {
    return k < -d || k > d ? -1 : rows_[static_cast<std::size_t>(d)][static_cast<std::size_t>(k + d)];
  }
  void add_row(int d) { rows_.emplace_back(static_cast<std::size_t>(2 * d + 1), -1); }
  void set(int d, int k, int x) { rows_[static_cast<std::size_t>(d)][static_cast<std::size_t>(k + d)] = x; }
  /// Whether the best way to diagonal k goes down (a line added) and not right (a line removed).
  [[nodiscard]] bool comes_down(int d, int k) const {
    return k == -d || (k != d && at(d - 1, k - 1) < at(d - 1, k + 1));
  }

 private:
  std::vector<std::vector<int>> rows_;
};

/// The number of changes; nullopt past the bound.
std::optional<int> trace_changes(Lines const& from, Lines const& to, Trace& trace) {
  auto const width = static_cast<int>(from.size());
  auto const height = static_cast<int>(to.size());
  for (int d = 0; d <= std::min(width + height, most_changes); ++d) {
    trace.add_row(d);
    for (int k = -d; k <= d; k += 2) {
      auto x = d == 0 ? 0 : trace.comes_down(d, k) ? trace.at(d - 1, k + 1) : trace.at(d - 1, k - 1) + 1;
      auto y = x - k;
      if (x > width || y > height) {
        trace.set(d, k, x);
        continue;
      }
      while (x < width && y < height && from[static_cast<std::size_t>(x)] == to[static_cast<std::size_t>(y)]) ++x, ++y;
      trace.set(d, k, x);
      if (x >= width && y >= height) return d;
    }
  }
  return std::nullopt;
}

std::vector<DiffLine> walk_back(Lines const& from, Lines const& to, Trace const& trace, int changes) {
  std::vector<DiffLine> lines;
  auto const put = [&lines](Op op, std::string_view text) { lines.push_back({op, std::string(text)}); };
  auto x = static_cast<int>(from.size());
  auto y = static_cast<int>(to.size());
  for (int d = changes; d >= 0; --d) {
    auto const k = x - y;
    auto const down = d > 0 && trace.comes_down(d, k);
    auto const begin_x = d == 0 ? 0 : down ? trace.at(d - 1, k + 1) : trace.at(d - 1, k - 1) + 1;
    while (x > begin_x) put(Op::same, from[static_cast<std::size_t>(--x)]), --y;
    if (d == 0) break;
    if (down)
      put(Op::added, to[static_cast<std::size_t>(--y)]);
    else
      put(Op::removed, from[static_cast<std::size_t>(--x)]);
  }
  std::ranges::reverse(lines);
  return lines;
}

}  // namespace

std::string_view to_string(DiffLine::Op op) noexcept {
  return op == Op::same ? "same" : op == Op::added ? "added" : "removed";
}

std::vector<DiffLine> diff_lines(std::string_view from_text, std::string_view to_text) {
  auto const from = split(from_text);
  auto const to = split(to_text);
  Trace trace;
  if (auto const changes = trace_changes(from, to, trace)) return walk_back(from, to, trace, *changes);
  std::vector<DiffLine> lines;
  for (auto const line : from) lines.push_back({Op::removed, std::string(line)});
  for (auto const line : to) lines.push_back({Op::added, std::string(line)});
  return lines;
}

}  // namespace domain
