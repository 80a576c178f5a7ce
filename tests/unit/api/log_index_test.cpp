#include "api/log_index.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "orchestrator/finished_log.hpp"
#include "support/temp_dir.hpp"

namespace api {
namespace {

class LogIndexTest : public testing::Test {
 protected:
  static std::string record(std::int64_t n, std::size_t size = 0) {
    return "2026-01-01T00:00:00Z " + std::string(n % 2 == 0 ? "stderr" : "stdout") + " F line " + std::to_string(n) +
           std::string(size, '.') + "\n";
  }
  void write(std::string const& text, std::ios::openmode mode = std::ios::app) {
    std::ofstream(file, mode | std::ios::binary) << text;
  }
  static void read_in(LogIndex& index, bool ended = true) {
    for (bool whole = false; !whole;) whole = index.advance(ended).value();
  }
  static LogIndex::Range range(std::int64_t from, std::size_t limit) {
    LogIndex::Range range;
    range.from = from;
    range.limit = limit;
    return range;
  }
  support::TempDir dir;
  std::filesystem::path file = dir / "log";
};

TEST_F(LogIndexTest, finds_any_line_of_a_large_log) {
  std::string text;
  constexpr std::int64_t many = 60'000;
  for (std::int64_t n = 1; n <= many; ++n) text += record(n, 400);
  write(text);
  LogIndex index(file);
  EXPECT_FALSE(index.advance(true).value()) << "one step is a bounded piece of it";
  read_in(index);
  for (std::int64_t const from : {1L, 2L, 1'000L, 1'203L, 30'001L, many}) {
    auto const page = index.read(range(from, 3), true).value();
    ASSERT_FALSE(page.lines.empty());
    EXPECT_EQ(page.lines.front().n, from);
    EXPECT_TRUE(page.lines.front().text.starts_with("line " + std::to_string(from) + "."));
    EXPECT_EQ(page.total, many);
    EXPECT_EQ(page.next, std::min(from + 3, many + 1));
  }
  EXPECT_EQ(index.read(range(-1, 10), true)->lines.front().n, many);
  EXPECT_EQ(index.read(range(-many - 5, 1), true)->lines.front().n, 1);
  EXPECT_TRUE(index.read(range(many + 1, 1), true)->lines.empty());
}

TEST_F(LogIndexTest, reads_a_compressed_log_that_takes_the_place_of_the_live_one) {
  constexpr std::int64_t many = 60'000;
  std::string text;
  for (std::int64_t n = 1; n <= many; ++n) text += record(n, 100);
  write(text.substr(0, text.size() / 3));
  LogIndex index(file);
  read_in(index, false);
  auto const before = index.read(range(100, 1), false).value();
  EXPECT_EQ(before.lines.front().n, 100);
  orchestrator::FinishedLog whole(file);
  ASSERT_TRUE(whole.add(text));
  ASSERT_TRUE(whole.finish());
  ASSERT_LT(std::filesystem::file_size(file), text.size() / 5);
  read_in(index);
  LogIndex fresh(file);
  read_in(fresh);
  for (auto* const one : {&index, &fresh})
    for (std::int64_t const from : {1L, 100L, 19'999L, 20'001L, 30'001L, many}) {
      auto const page = one->read(range(from, 3), true).value();
      ASSERT_FALSE(page.lines.empty());
      EXPECT_EQ(page.lines.front().n, from);
      EXPECT_TRUE(page.lines.front().text.starts_with("line " + std::to_string(from) + "."));
      EXPECT_EQ(page.total, many);
      EXPECT_EQ(page.size, static_cast<std::int64_t>(text.size()));
    }
  LogSearch search(file, "LINE 59999.", 5);
  while (search.step(true).value()) {
  }
  EXPECT_TRUE(search.complete());
  ASSERT_EQ(search.matches().size(), 1U);
  EXPECT_EQ(search.matches().front().n, 59'999);
}

TEST_F(LogIndexTest, shows_one_stream_with_the_numbers_of_both) {
  for (std::int64_t n = 1; n <= 20; ++n) write(record(n));
  LogIndex index(file);
  read_in(index);
  auto wanted = range(1, 5);
  wanted.is_stderr = true;
  auto const page = index.read(wanted, true).value();
  ASSERT_EQ(page.lines.size(), 5U);
  EXPECT_EQ(page.lines.back().n, 10);
  EXPECT_EQ(page.next, 11);
}

TEST_F(LogIndexTest, follows_a_log_that_grows_and_is_replaced) {
  LogIndex index(file);
  read_in(index, false);
  EXPECT_EQ(index.read(range(1, 5), false)->total, 0) << "there is no file yet";
  write(record(1) + "2026-01-01T00:00:00Z stdout F half");
  read_in(index, false);
  EXPECT_EQ(index.read(range(1, 5), false)->lines.size(), 1U);
  write(" and whole\n");
  read_in(index, false);
  EXPECT_EQ(index.read(range(2, 5), false)->lines.front().text, "half and whole");
  write(record(1), std::ios::trunc);
  read_in(index, false);
  EXPECT_EQ(index.read(range(1, 5), false)->total, 1) << "it begins anew";
}

TEST_F(LogIndexTest, counts_a_last_line_without_an_end_once_nothing_more_comes) {
  write(record(1) + "2026-01-01T00:00:00Z stdout P prompt> \n");
  LogIndex index(file);
  read_in(index, false);
  EXPECT_EQ(index.read(range(1, 5), false)->total, 1);
  read_in(index, true);
  EXPECT_EQ(index.read(range(1, 5), true)->total, 2);
  EXPECT_EQ(index.read(range(2, 5), true)->lines.front().text, "prompt> ");
}

TEST_F(LogIndexTest, goes_through_a_line_that_is_larger_than_a_step) {
  write(record(1, std::size_t{40} << 20) + record(2));
  LogIndex index(file);
  read_in(index);
  auto const page = index.read(range(1, 5), true).value();
  ASSERT_EQ(page.lines.size(), 2U);
  EXPECT_TRUE(page.lines[0].cut);
}

TEST_F(LogIndexTest, does_not_follow_a_link) {
  std::ofstream(dir / "secret") << record(1);
  std::filesystem::create_symlink(dir / "secret", file);
  LogIndex index(file);
  EXPECT_FALSE(index.advance(true));
}

TEST_F(LogIndexTest, is_kept_for_the_logs_that_were_read_last) {
  LogIndexes indexes;
  auto const first = indexes.of("/log/0");
  for (int i = 1; i < 16; ++i) (void)indexes.of("/log/" + std::to_string(i));
  EXPECT_EQ(indexes.of("/log/0"), first);
  for (int i = 20; i < 40; ++i) (void)indexes.of("/log/" + std::to_string(i));
  EXPECT_NE(indexes.of("/log/0"), first);
}

TEST_F(LogIndexTest, is_searched_for_a_text_in_any_case) {
  for (std::int64_t n = 1; n <= 3000; ++n) write(record(n));
  LogSearch search(file, "LINE 12", 5);
  while (search.step(true).value()) {
  }
  EXPECT_EQ(search.matches().size(), 5U);
  EXPECT_EQ(search.matches().front().n, 12);
  EXPECT_EQ(search.total(), 1 + 10 + 100);
  EXPECT_FALSE(search.complete());
  LogSearch none(file, "nothing of the kind", 5);
  while (none.step(true).value()) {
  }
  EXPECT_TRUE(none.complete());
  EXPECT_EQ(none.total(), 0);
}

}  // namespace
}  // namespace api
