#include <random>
#include <thread>

#include "unit/watch/watched_tree.hpp"

namespace {

struct LocalSourceBurst : ::testing::Test, WatchedTree {};

TEST_F(LocalSourceBurst, finds_every_file_that_four_writers_make_during_the_first_scan) {
  for (int i = 0; i < 500; ++i) write("old/" + std::to_string(i), "1");
  start();
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 4; ++writer)
    writers.emplace_back([this, writer] {
      for (int i = 0; i < 1250; ++i)
        write("d" + std::to_string(writer * 50 + i / 25) + "/sub/f" + std::to_string(i), "content");
    });
  EXPECT_TRUE(until([&] { return ledger.rows.size() == 5500; }, 60s)) << ledger.rows.size();
  for (auto& writer : writers) writer.join();
  ASSERT_TRUE(idle());
  EXPECT_TRUE(ledger_is_exact());
  EXPECT_EQ(ledger.count(ChangeKind::removed), 0);
  EXPECT_EQ(source->health().directories, 402);
}

TEST_F(LocalSourceBurst, finds_the_rest_by_a_scan_when_memory_for_hints_is_full) {
  settings.max_settling = 50;
  start_and_scan();
  for (int i = 0; i < 2000; ++i) write("f" + std::to_string(i), "1");
  EXPECT_TRUE(until([&] { return ledger.rows.size() == 2001; }, 60s)) << ledger.rows.size();
  EXPECT_GT(source->health().scans, 1);
}

class RandomTree : public ::testing::TestWithParam<unsigned>, public WatchedTree {
 public:
  std::string any_dir() {
    std::string dir;
    for (auto depth = random_() % 4; depth > 0; --depth) dir += "d" + std::to_string(random_() % 3) + "/";
    return dir;
  }
  std::string any_file() { return any_dir() + "f" + std::to_string(random_() % 6); }

  void one_operation() {
    std::error_code ignored;
    switch (random_() % 10) {
      case 0:
      case 1:
      case 2:
        return create(any_file());
      case 3:
        fs::remove(path(any_file()), ignored);
        return;
      case 4:
        fs::rename(path(any_file()), path(any_file()), ignored);
        return;
      case 5:
        fs::rename(path(any_dir()), path(any_dir()), ignored);
        return;
      case 6:
        if (auto const dir = any_dir(); !dir.empty()) fs::remove_all(path(dir), ignored);
        return;
      case 7:
        fs::create_hard_link(path(any_file()), path(any_file()), ignored);
        return;
      case 8:
        fs::resize_file(path(any_file()), random_() % 10, ignored);
        return;
      default:
        fs::create_directories(path(any_dir()), ignored);
    }
  }
  void create(std::string const& key) {
    std::error_code ignored;
    fs::create_directories(path(key).parent_path(), ignored);
    std::ofstream(path(key), random_() % 2 == 0 ? std::ios::app : std::ios::trunc) << std::string(random_() % 20, 'x');
  }

  std::mt19937 random_;
};

TEST_P(RandomTree, ends_up_in_the_ledger_as_it_is) {
  random_.seed(GetParam());
  settings.writer_quiet = 100ms;
  settings.delete_delay = 40ms;
  for (int i = 0; i < 50; ++i) one_operation();
  start();
  for (int i = 0; i < 1500; ++i) {
    one_operation();
    if (random_() % 8 == 0) until([] { return false; }, 1ms);  // let it handle some of them in between
    if (i == 700) {
      stop();
      for (int j = 0; j < 50; ++j) one_operation();
      start();
    }
  }
  write("one", "so that the root is not empty");
  // Events alone must find every name. A write or a link through another hard link changes ctime without an event.
  EXPECT_TRUE(until([&] { return source->health().settling == 0 && files() == ledger.keys(); }));
  ASSERT_TRUE(scan_again());
  ASSERT_TRUE(idle());
  for (auto const& key : files()) EXPECT_TRUE(ledger.rows.contains(key)) << "lost: " << key;
  for (auto const& key : ledger.keys()) EXPECT_TRUE(files().contains(key)) << "not there: " << key;
  EXPECT_TRUE(ledger_is_exact());
}
INSTANTIATE_TEST_SUITE_P(Seeds, RandomTree, ::testing::Values(1u, 2u, 20261122u, 4u, 5u, 6u));

}  // namespace
