#include "orchestrator/log_cursor.hpp"

#include <gtest/gtest.h>

#include <random>

namespace orchestrator {
namespace {

using docker::LogFrame;
using docker::Stream;
using Frames = std::vector<LogFrame>;

constexpr auto out = Stream::standard_output;
constexpr auto err = Stream::standard_error;

std::string texts(Frames const& frames) {
  std::string all;
  for (auto const& frame : frames) all += frame.text;
  return all;
}
std::string at(int n) {
  return "2026-11-22T10:00:00." + std::to_string(100000000 + n) + "Z";
}

TEST(LogCursor, counts_the_frames_of_one_time) {
  Frames const all{{out, at(1), "a"}, {out, at(2), "b"}, {out, at(2), "c"}, {out, at(2), "d"}, {out, at(3), "e"}};
  LogCursor cursor;
  cursor.note({all[0], all[1], all[2]});
  EXPECT_EQ(texts(LogResume(cursor).rest(all)), "de");
}

TEST(LogCursor, asks_for_everything_while_a_stream_has_said_nothing) {
  LogCursor cursor;
  EXPECT_EQ(cursor.since(), "");
  cursor.note({{out, at(5), "a"}});
  EXPECT_EQ(cursor.since(), "") << "the other one's first word may be older";
  cursor.note({{err, at(3), "b"}});
  EXPECT_EQ(cursor.since(), at(3));
  cursor.note({{err, at(9), "c"}});
  EXPECT_EQ(cursor.since(), at(5));
}

TEST(LogCursor, compares_times_of_different_precision) {
  LogCursor cursor;
  cursor.note({{out, "2026-11-22T10:00:01Z", "a"}, {err, "2026-11-22T10:00:01.5Z", "b"}});
  EXPECT_EQ(cursor.since(), "2026-11-22T10:00:01Z");
  EXPECT_EQ(texts(LogResume(cursor).rest({{err, "2026-11-22T10:00:01Z", "x"}, {err, "2026-11-22T10:00:01.51Z", "y"}})),
            "y");
}

TEST(LogCursor, is_read_back_and_nothing_else_is_one) {
  LogCursor cursor;
  cursor.note({{out, at(1), "a"}, {out, at(1), "b"}});
  auto const text = cursor.encode(4711);
  auto const stored = LogCursor::decode(text);
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->file_size, 4711);
  EXPECT_EQ(stored->cursor, cursor);
  for (std::size_t size = 0; size < text.size(); ++size) EXPECT_FALSE(LogCursor::decode(text.substr(0, size))) << size;
  auto bad = text;
  bad[15] = '9';
  EXPECT_FALSE(LogCursor::decode(bad));
}

/// Wherever it is cut, and whatever the order of the two streams to each other is the next time: no gap, no repeat.
TEST(LogCursor, goes_on_without_gap_or_repeat_wherever_the_reading_ended) {
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    Frames streams[2];
    for (int i = 0; i < 2; ++i) {
      int time = 0;
      for (std::size_t n = 0; n < 12; ++n) {
        time += static_cast<int>(random() % 2);
        streams[i].push_back(
            {i == 0 ? out : err, at(time), std::string(1, static_cast<char>((i == 0 ? 'a' : 'A') + n))});
      }
    }
    auto const shuffled = [&] {
      Frames all;
      for (std::size_t i = 0, k = 0; i + k < 24;) {
        bool const first = k == 12 || (i < 12 && random() % 2 == 0);
        all.push_back(first ? streams[0][i++] : streams[1][k++]);
      }
      return all;
    };
    auto const before = shuffled();
    Frames seen(before.begin(), before.begin() + static_cast<std::ptrdiff_t>(random() % 25));
    LogCursor cursor;
    cursor.note(seen);
    Frames answer;
    for (auto const& frame : shuffled())
      if (frame.timestamp >= cursor.since()) answer.push_back(frame);
    for (auto& frame : LogResume(cursor).rest(answer)) seen.push_back(std::move(frame));
    std::string said[2];
    for (auto const& frame : seen) said[frame.stream == out ? 0 : 1] += frame.text;
    EXPECT_EQ(said[0], "abcdefghijkl");
    EXPECT_EQ(said[1], "ABCDEFGHIJKL");
  }
}

}  // namespace
}  // namespace orchestrator
