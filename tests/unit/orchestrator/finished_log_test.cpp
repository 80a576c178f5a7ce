#include "orchestrator/finished_log.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "orchestrator/log_file.hpp"
#include "orchestrator/log_reader.hpp"
#include "support/temp_dir.hpp"

namespace orchestrator {
namespace {

class FinishedLogTest : public testing::Test {
 protected:
  std::string stored() {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string read() {
    auto reader = LogReader::open(file).value();
    std::string all;
    for (;;) {
      auto const part = reader->read(static_cast<std::int64_t>(all.size()), 100'000).value();
      if (part.empty()) break;
      all += part;
    }
    EXPECT_EQ(reader->size().value(), static_cast<std::int64_t>(all.size()));
    return all;
  }
  static std::string lines(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += "2026-11-22T10:00:00.000000000Z stdout F line " + std::to_string(i) + "\n";
    return text;
  }
  void finish(std::string const& text, std::size_t piece) {
    FinishedLog log(file);
    for (std::size_t at = 0; at < text.size(); at += piece)
      ASSERT_TRUE(log.add(std::string_view(text).substr(at, piece)));
    ASSERT_TRUE(log.finish());
  }
  support::TempDir dir;
  std::filesystem::path file = dir / "log";
};

TEST_F(FinishedLogTest, stays_plain_where_it_is_short) {
  auto const text = lines(100);
  finish(text, 1000);
  EXPECT_EQ(stored(), text);
  EXPECT_EQ(read(), text);
  finish("", 1);
  EXPECT_EQ(stored(), "");
  EXPECT_EQ(read(), "");
}

TEST_F(FinishedLogTest, is_compressed_where_it_is_long_and_read_as_the_same_bytes) {
  auto text = lines(60'000);
  text.insert(text.size() / 2, std::string("\0\xff\r\n", 4));
  for (std::size_t const piece : {std::size_t{999}, std::size_t{300'000}, text.size()}) {
    finish(text, piece);
    EXPECT_LT(stored().size(), text.size() / 5);
    EXPECT_TRUE(read() == text) << piece;
  }
  EXPECT_FALSE(std::filesystem::exists(dir / "log.complete"));
}

TEST_F(FinishedLogTest, takes_the_place_of_what_a_crash_left) {
  std::ofstream(dir / "log.complete") << "half of it";
  std::ofstream(file) << "live";
  finish(lines(1'000), 5'000);
  EXPECT_TRUE(read() == lines(1'000));
}

TEST_F(FinishedLogTest, is_told_from_the_live_one_by_its_inode) {
  std::ofstream(file) << "live";
  auto const live = LogReader::open(file).value();
  ASSERT_TRUE(live);
  EXPECT_FALSE(LogReader::open(file, live->inode()).value()) << "still the same";
  finish(lines(1'000), 5'000);
  EXPECT_TRUE(LogReader::open(file, live->inode()).value());
  std::filesystem::remove(file);
  EXPECT_FALSE(LogReader::open(file).value());
  std::filesystem::create_symlink(dir / "elsewhere", file);
  EXPECT_FALSE(LogReader::open(file)) << "no link is followed";
}

TEST_F(FinishedLogTest, case_38_of_one_beyond_its_limit_head_and_tail_stay_and_the_gap_is_told) {
  auto const text = lines(60'000);
  auto const limit = std::int64_t{1} << 20;
  for (std::size_t const piece : {std::size_t{999}, std::size_t{300'000}}) {
    FinishedLog log(file, limit);
    for (std::size_t at = 0; at < text.size(); at += piece)
      ASSERT_TRUE(log.add(std::string_view(text).substr(at, piece)));
    ASSERT_TRUE(log.finish());
    auto const kept = read();
    EXPECT_LT(kept.size(), limit * 9 / 8);
    EXPECT_GT(kept.size(), limit * 7 / 8);
    auto const told = kept.find("[tidewheel] ");
    ASSERT_NE(told, std::string::npos);
    auto const begin = kept.rfind('\n', told) + 1;
    auto const end = kept.find('\n', told) + 1;
    EXPECT_TRUE(text.starts_with(kept.substr(0, begin)));
    EXPECT_TRUE(text.ends_with(kept.substr(end)));
    EXPECT_GT(begin, static_cast<std::size_t>(limit) * 3 / 8);
    auto const gone = std::ranges::count(text, '\n') - (std::ranges::count(kept, '\n') - 1);
    EXPECT_NE(kept.substr(begin, end - begin).find(" " + std::to_string(gone) + " lines"), std::string::npos)
        << kept.substr(begin, end - begin);
  }
}

TEST_F(FinishedLogTest, keeps_what_the_live_one_has_and_the_engine_has_dropped) {
  auto const line = [](int second, std::string const& word) {
    return "2026-11-22T10:00:0" + std::to_string(second) + ".000000000Z stdout F " + word + "\n";
  };
  auto const live = dir / "live";
  std::ofstream(live) << line(1, "one") << line(2, "two") << line(3, "three") << "2026-11-22T10:00:04.0000000";
  auto const joined = [&](std::string const& from) {
    FinishedLog log(file);
    EXPECT_TRUE(keep_live_head(log, live, from));
    EXPECT_TRUE(log.add(line(9, "end")));
    EXPECT_TRUE(log.finish());
    return read();
  };
  EXPECT_EQ(joined("2026-11-22T10:00:01.000000000Z"), line(9, "end")) << "the engine has all of it";
  auto const cut = joined("2026-11-22T10:00:03.000000000Z");
  EXPECT_TRUE(cut.starts_with(line(1, "one") + line(2, "two") + "2026-11-22T10:00:02.000000000Z stderr F [tidewheel]"))
      << cut;
  EXPECT_TRUE(cut.ends_with(line(9, "end")));
  std::filesystem::remove(live);
  EXPECT_EQ(joined("2026-11-22T10:00:03.000000000Z"), line(9, "end"));
}

TEST_F(FinishedLogTest, the_live_one_stops_at_its_head) {
  auto const text = lines(10);
  auto const cursor = dir / "cursor";
  auto const most = static_cast<std::int64_t>(text.size()) + 10;
  ASSERT_TRUE(append_live_log(file, text, cursor, LogCursor(), most));
  EXPECT_EQ(stored(), text);
  ASSERT_TRUE(append_live_log(file, text, cursor, LogCursor(), most));
  auto const full = stored();
  EXPECT_TRUE(full.starts_with(text + text + "2026-11-22T10:00:00.000000000Z stderr F [tidewheel]")) << full;
  EXPECT_TRUE(full.ends_with("when the run has ended\n"));
  ASSERT_TRUE(append_live_log(file, text, cursor, LogCursor(), most));
  EXPECT_EQ(stored(), full);
}

}  // namespace
}  // namespace orchestrator
