#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "api/log_stream.hpp"
#include "orchestrator/finished_log.hpp"
#include "support/temp_dir.hpp"

namespace {

using api::LogTail;

class LogTailTest : public ::testing::Test {
 protected:
  void append(std::string const& text) { std::ofstream(file, std::ios::binary | std::ios::app) << text; }

  support::TempDir folder;
  std::filesystem::path file = folder / "run.log";
};

TEST_F(LogTailTest, waits_for_a_file_that_is_not_there_yet) {
  LogTail tail(file);
  EXPECT_EQ(tail.next().value(), "");
  append("first\n");
  EXPECT_EQ(tail.next().value(), "first\n");
  EXPECT_EQ(tail.next().value(), "");
}

TEST_F(LogTailTest, goes_on_where_it_was_as_the_file_grows) {
  append("one\n");
  LogTail tail(file);
  EXPECT_EQ(tail.next().value(), "one\n");
  append("two\n");
  append("three\n");
  EXPECT_EQ(tail.next().value(), "two\nthree\n");
}

TEST_F(LogTailTest, neither_repeats_nor_skips_when_the_complete_log_takes_the_live_ones_place) {
  append("one\ntwo\n");
  LogTail tail(file);
  EXPECT_EQ(tail.next().value(), "one\ntwo\n");
  auto const complete = folder / "complete";
  std::ofstream(complete, std::ios::binary) << "one\ntwo\nthree\n";
  std::filesystem::rename(complete, file);
  EXPECT_EQ(tail.next().value(), "three\n");
  EXPECT_EQ(tail.next().value(), "");
}

TEST_F(LogTailTest, goes_on_in_a_compressed_log) {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += "line " + std::to_string(i) + "\n";
  append(text.substr(0, 100'001));
  LogTail tail(file);
  auto all = tail.next().value();
  orchestrator::FinishedLog whole(file);
  ASSERT_TRUE(whole.add(text));
  ASSERT_TRUE(whole.finish());
  for (bool more = true; more;) {
    auto const piece = tail.next().value();
    EXPECT_LE(piece.size(), 65536U);
    more = !piece.empty();
    all += piece;
  }
  EXPECT_TRUE(all == text);
}

TEST_F(LogTailTest, gives_a_long_log_in_pieces_of_bounded_size) {
  std::string const text(300'000, 'x');
  append(text);
  LogTail tail(file);
  std::string all;
  for (;;) {
    auto const piece = tail.next().value();
    if (piece.empty()) break;
    EXPECT_LE(piece.size(), 65536U);
    all += piece;
  }
  EXPECT_EQ(all, text);
}

TEST_F(LogTailTest, follows_no_link) {
  std::filesystem::create_symlink("/etc/hostname", file);
  EXPECT_FALSE(LogTail(file).next());
}

}  // namespace
