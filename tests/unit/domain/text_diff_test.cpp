#include "domain/text_diff.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace domain {
namespace {

std::string shown(std::vector<DiffLine> const& lines) {
  std::string text;
  for (auto const& line : lines)
    text += (line.op == DiffLine::Op::same ? " " : line.op == DiffLine::Op::added ? "+" : "-") + line.text + "\n";
  return text;
}

TEST(TextDiff, shows_what_came_and_what_went) {
  EXPECT_EQ(shown(diff_lines("a\nb\nc\n", "a\nx\nc\nd\n")), " a\n-b\n+x\n c\n+d\n");
  EXPECT_EQ(shown(diff_lines("", "")), "");
  EXPECT_EQ(shown(diff_lines("", "a\n")), "+a\n");
  EXPECT_EQ(shown(diff_lines("a\n", "")), "-a\n");
  EXPECT_EQ(shown(diff_lines("a\nb", "a\nb\n")), " a\n b\n") << "a last newline is no line";
}

int changes(std::vector<DiffLine> const& lines) {
  return static_cast<int>(
      std::count_if(lines.begin(), lines.end(), [](auto const& line) { return line.op != DiffLine::Op::same; }));
}

/// Lines of the longest common subsequence, by the table that everybody knows.
int fewest_changes(std::string const& a, std::string const& b) {
  std::vector<std::vector<int>> common(a.size() + 1, std::vector<int>(b.size() + 1, 0));
  for (std::size_t i = 1; i <= a.size(); ++i)
    for (std::size_t j = 1; j <= b.size(); ++j)
      common[i][j] = a[i - 1] == b[j - 1] ? common[i - 1][j - 1] + 1 : std::max(common[i - 1][j], common[i][j - 1]);
  return static_cast<int>(a.size() + b.size()) - 2 * common[a.size()][b.size()];
}

TEST(TextDiff, leads_from_one_text_to_the_other_with_the_fewest_changes) {
  std::mt19937 random(5);
  for (int round = 0; round < 500; ++round) {
    std::string a(random() % 14, 'a');
    std::string b(random() % 14, 'a');
    for (auto& c : a) c = static_cast<char>('a' + random() % 3);
    for (auto& c : b) c = static_cast<char>('a' + random() % 3);
    auto const as_lines = [](std::string const& letters) {
      std::string text;
      for (char const c : letters) text += std::string(1, c) + "\n";
      return text;
    };
    auto const lines = diff_lines(as_lines(a), as_lines(b));
    std::string left;
    std::string right;
    for (auto const& line : lines) {
      if (line.op != DiffLine::Op::added) left += line.text;
      if (line.op != DiffLine::Op::removed) right += line.text;
    }
    EXPECT_EQ(left, a);
    EXPECT_EQ(right, b);
    EXPECT_EQ(changes(lines), fewest_changes(a, b)) << a << " " << b;
  }
}

TEST(TextDiff, is_bounded_for_texts_that_have_nothing_in_common) {
  std::string a;
  std::string b;
  for (int i = 0; i < 5000; ++i) a += "a" + std::to_string(i) + "\n", b += "b" + std::to_string(i) + "\n";
  auto const lines = diff_lines(a, b);
  EXPECT_EQ(lines.size(), 10'000U);
  EXPECT_EQ(lines.front().op, DiffLine::Op::removed);
}

}  // namespace
}  // namespace domain
