#include "domain/log_lines.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace domain {
namespace {

std::vector<LogLine> lines_of(std::string_view log, std::size_t step = 1'000'000, bool finish = true) {
  std::vector<LogLine> lines;
  LogLines reader;
  auto const keep = [&lines](LogLine const& line) { lines.push_back(line); };
  for (std::size_t i = 0; i < log.size(); i += step) reader.feed(log.substr(i, step), 1, keep);
  if (finish) reader.finish(1, keep);
  return lines;
}

std::string texts(std::vector<LogLine> const& lines) {
  std::string all;
  for (auto const& line : lines)
    all += std::to_string(line.n) + (line.is_stderr ? "e:" : "o:") + line.text + (line.cut ? "~" : "") + "|";
  return all;
}

constexpr std::string_view mixed =
    "2026-01-01T00:00:00Z stdout F one\n"
    "2026-01-01T00:00:01Z stderr P tw\n"
    "2026-01-01T00:00:02Z stderr F o\n"
    "2026-01-01T00:00:03Z stdout P thr\n"
    "2026-01-01T00:00:04Z stderr F four\n"
    "2026-01-01T00:00:05Z stdout F \n"
    "no record at all\n"
    "2026-01-01T00:00:06Z stdout P open";

TEST(LogLines, join_what_belongs_together_however_it_is_cut) {
  auto const expected = "1o:one|2e:two|3o:thr|4e:four|5o:|6o:no record at all|7o:open|";
  for (std::size_t const step : {1U, 2U, 7U, 33U, 1000U}) EXPECT_EQ(texts(lines_of(mixed, step)), expected) << step;
  EXPECT_EQ(lines_of(mixed)[1].at, "2026-01-01T00:00:01Z") << "a line's time is its beginning";
}

TEST(LogLines, keep_back_a_line_that_may_go_on) {
  EXPECT_EQ(lines_of(mixed, 50, false).size(), 6U);
}

TEST(LogLines, can_be_read_again_from_every_boundary) {
  auto const whole = lines_of(mixed);
  LogLines reader;
  int boundaries = 0;
  for (std::size_t i = 0; i < mixed.size(); ++i) {
    reader.feed(mixed.substr(i, 1), INT64_MAX, [](LogLine const&) { FAIL() << "only counted"; });
    auto const line = reader.boundary();
    if (!line) continue;
    ++boundaries;
    LogLines again(*line, reader.offset());
    std::vector<LogLine> rest;
    auto const keep = [&rest](LogLine const& found) { rest.push_back(found); };
    again.feed(mixed.substr(static_cast<std::size_t>(reader.offset())), 1, keep);
    again.finish(1, keep);
    std::vector<LogLine> const expected(whole.begin() + *line - 1, whole.end());
    EXPECT_EQ(texts(rest), texts(expected)) << "from " << reader.offset();
  }
  EXPECT_GT(boundaries, 5);
}

TEST(LogLines, cut_a_line_that_is_too_long_and_go_on_behind_it) {
  std::string const head = "2026-01-01T00:00:00Z stdout F ";
  auto const log = head + std::string(300'000, 'x') + "\n" + head + "next\n";
  for (std::size_t const step : {1000U, 65'536U, 1'000'000U}) {
    auto const lines = lines_of(log, step);
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0].text.size(), LogLines::longest);
    EXPECT_TRUE(lines[0].cut);
    EXPECT_EQ(lines[1].text, "next");
    EXPECT_FALSE(lines[1].cut);
  }
}

TEST(LogLines, cut_a_line_of_many_records_too) {
  std::string log;
  for (int i = 0; i < 20; ++i) log += "t stdout P " + std::string(16'000, 'y') + "\n";
  log += "t stdout F end\n";
  auto const lines = lines_of(log);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].text.size(), LogLines::longest);
  EXPECT_TRUE(lines[0].cut);
}

TEST(LogLines, count_without_keeping) {
  LogLines reader;
  int seen = 0;
  reader.feed(mixed, 6, [&seen](LogLine const& line) {
    ++seen;
    EXPECT_EQ(line.n, 6);
  });
  EXPECT_EQ(seen, 1);
  EXPECT_EQ(reader.count(), 6);
}

TEST(LogLines, take_any_bytes) {
  EXPECT_EQ(texts(lines_of(std::string_view("\n\xff\0 \n  F \n", 10))), std::string("1o:|2o:\xff\0 |3o:  F |", 19));
  EXPECT_EQ(texts(lines_of("t stdout\nt stdout \nt stdout F\nt stdout X a\n")),
            "1o:t stdout|2o:t stdout |3o:|4o:t stdout X a|");
}

}  // namespace
}  // namespace domain
