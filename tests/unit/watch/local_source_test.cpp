#include <sys/inotify.h>

#include <cstring>
#include <thread>

#include "unit/watch/watched_tree.hpp"

namespace {

struct LocalSource : ::testing::Test, WatchedTree {};

TEST_F(LocalSource, finds_a_new_file_with_its_complete_content) {
  start_and_scan();
  write("data.csv", "1,2,3\n");
  ASSERT_TRUE(until_rows({"barrier", "data.csv"}));
  EXPECT_EQ(ledger.rows.at("data.csv").version.size, 6);
  ASSERT_TRUE(idle());
  EXPECT_EQ(ledger.count("data.csv"), 1);
}

TEST_F(LocalSource, finds_files_in_ten_new_levels_made_at_once) {
  start_and_scan();
  std::string key;
  std::set<std::string> all{"barrier"};
  for (char level = 'a'; level <= 'j'; ++level) {
    key += std::string(1, level) + "/";
    write(key + "file", "x");
    all.insert(key + "file");
  }
  ASSERT_TRUE(until_rows(all));
  ASSERT_TRUE(idle());
  EXPECT_TRUE(ledger_is_exact());
  EXPECT_EQ(ledger.count(ChangeKind::created), 10);
  EXPECT_EQ(source->health().directories, 11);
  write(key + "later", "x");  // the innermost is armed
  ASSERT_TRUE(until([&] { return ledger.rows.contains(key + "later"); }));
}

TEST_F(LocalSource, takes_write_then_rename_as_one_change_of_the_final_name) {
  write("report.csv", "old");
  start_and_scan();
  ledger.changes.clear();
  write(".report.csv.Ab3xYz", "newer");
  fs::rename(path(".report.csv.Ab3xYz"), path("report.csv"));
  ASSERT_TRUE(until([&] { return ledger.rows.at("report.csv").version.size == 5; }));
  ASSERT_TRUE(idle());
  EXPECT_EQ(ledger.changes.size(), 1u);
}

TEST_F(LocalSource, finds_a_file_that_was_linked_into_place) {
  start_and_scan();
  int const fd = ::open(path("").c_str(), O_TMPFILE | O_WRONLY, 0600);
  if (fd < 0) GTEST_SKIP() << "this file system has no O_TMPFILE";
  ASSERT_EQ(::write(fd, "12345", 5), 5);
  ASSERT_EQ(::linkat(AT_FDCWD, ("/proc/self/fd/" + std::to_string(fd)).c_str(), AT_FDCWD, path("linked").c_str(),
                     AT_SYMLINK_FOLLOW),
            0);
  ASSERT_TRUE(until([&] { return ledger.rows.contains("linked"); }));
  EXPECT_EQ(ledger.rows.at("linked").version.size, 5);
  ::close(fd);
  fs::create_hard_link(path("linked"), path("second"));
  ASSERT_TRUE(until([&] { return ledger.rows.contains("second"); }));
}

TEST_F(LocalSource, waits_for_a_slow_writer) {
  settings.settle = 300ms;
  start_and_scan();
  std::thread writer([this] {
    std::ofstream file(path("slow"));
    for (int i = 0; i < 8; ++i) {
      file << "0123456789" << std::flush;
      std::this_thread::sleep_for(100ms);  // a writer's own pace, nothing here waits by it
    }
  });
  ASSERT_TRUE(until([&] { return ledger.rows.contains("slow"); }));
  EXPECT_EQ(ledger.rows.at("slow").version.size, 80);
  writer.join();
  ASSERT_TRUE(idle());
  EXPECT_EQ(ledger.count("slow"), 1);
}

TEST_F(LocalSource, waits_for_the_second_of_two_writers) {
  settings.settle = 100ms;
  start_and_scan();
  std::ofstream first(path("shared")), second(path("shared"), std::ios::app);
  first << "1" << std::flush;
  second << "2" << std::flush;
  first.close();
  second << "3" << std::flush;
  auto const still_open = std::chrono::steady_clock::now() + 250ms;
  EXPECT_FALSE(
      until([&] { return ledger.rows.contains("shared") && std::chrono::steady_clock::now() < still_open; }, 250ms));
  second.close();
  ASSERT_TRUE(until([&] { return ledger.rows.contains("shared"); }));
  ASSERT_TRUE(idle());
  EXPECT_EQ(ledger.count("shared"), 1);
}

TEST_F(LocalSource, sees_a_truncation_which_has_no_close) {
  write("long", "0123456789");
  start_and_scan();
  fs::resize_file(path("long"), 3);
  ASSERT_TRUE(until([&] { return ledger.rows.at("long").version.size == 3; }));
}

TEST_F(LocalSource, takes_touch_chmod_and_an_identical_rewrite_as_no_change) {
  write("data", "same");
  start_and_scan();
  ledger.changes.clear();
  store_hash("data");
  fs::last_write_time(path("data"), fs::last_write_time(path("data")) + 1h);
  ASSERT_TRUE(until([&] { return ledger.same_content == 1; }));
  fs::permissions(path("data"), fs::perms::owner_read);
  ASSERT_TRUE(until([&] { return ledger.same_content == 2; }));
  fs::permissions(path("data"), fs::perms::owner_all);
  ASSERT_TRUE(until([&] { return ledger.same_content == 3; }));
  write("data", "same");
  ASSERT_TRUE(until([&] { return ledger.same_content >= 4; }));
  ASSERT_TRUE(idle());
  EXPECT_TRUE(ledger.changes.empty());
  EXPECT_TRUE(ledger_is_exact());
}

TEST_F(LocalSource, takes_a_touch_without_a_stored_hash_as_a_change) {
  write("data", "same");
  start_and_scan();
  ledger.changes.clear();
  fs::last_write_time(path("data"), fs::last_write_time(path("data")) + 1h);
  ASSERT_TRUE(until([&] { return ledger.count(ChangeKind::modified) == 1; }));
}

TEST_F(LocalSource, finds_a_rewrite_of_the_same_size_with_its_mtime_set_back) {
  write("data", "aaaa");
  start_and_scan();
  store_hash("data");
  ledger.changes.clear();
  auto const mtime = fs::last_write_time(path("data"));
  write("data", "bbbb");
  fs::last_write_time(path("data"), mtime);
  ASSERT_TRUE(until([&] { return ledger.count(ChangeKind::modified) >= 1; }));
  ASSERT_TRUE(idle());
  EXPECT_TRUE(ledger_is_exact());
}

TEST_F(LocalSource, finds_such_a_rewrite_also_when_it_was_stopped) {
  write("data", "aaaa");
  start_and_scan();
  store_hash("data");
  stop();
  ledger.changes.clear();
  auto const mtime = fs::last_write_time(path("data"));
  write("data", "bbbb");
  fs::last_write_time(path("data"), mtime);
  start();
  ASSERT_TRUE(until([&] { return ledger.count("data") == 1; }));
}

TEST_F(LocalSource, finds_what_changed_while_it_was_stopped_and_nothing_else) {
  for (auto const* key : {"same", "changed", "removed", "dir/same", "dir/removed", "was_file", "was_dir/x"})
    write(key, "1");
  start_and_scan();
  stop();
  ledger.changes.clear();
  write("changed", "22");
  write("new/file", "1");
  fs::remove(path("removed"));
  fs::remove(path("dir/removed"));
  fs::remove(path("was_file"));
  write("was_file/x", "1");
  fs::remove_all(path("was_dir"));
  write("was_dir", "1");
  start();
  ASSERT_TRUE(until_rows({"barrier", "same", "changed", "dir/same", "new/file", "was_file/x", "was_dir"}));
  ASSERT_TRUE(idle());
  EXPECT_EQ(ledger.changes.size(), 8u);
  EXPECT_TRUE(ledger_is_exact());
}

TEST_F(LocalSource, emits_nothing_when_it_starts_again_on_an_unchanged_tree) {
  for (int i = 0; i < 3000; ++i) write("d" + std::to_string(i % 30) + "/f" + std::to_string(i), "1");
  start_and_scan();
  EXPECT_EQ(ledger.rows.size(), 3001u);
  EXPECT_LE(ledger.largest_batch, 256u);
  EXPECT_LE(ledger.most_under_way, 2);
  stop();
  ledger.changes.clear();
  start();
  ASSERT_TRUE(until([&] { return source->health().scans == 1; }));
  EXPECT_TRUE(ledger.changes.empty());
  EXPECT_EQ(ledger.marks, 0);
  EXPECT_EQ(source->health().items, 3001);
}

TEST_F(LocalSource, takes_any_name) {
  start_and_scan();
  std::set<std::string> keys{
      "new\nline",   "\xff\xfe raw", std::string(255, 'n'), "-rf", " trailing ", "quo\"te'$(x)`", "\x01", "*",
      "back\\slash", "dir \n/x"};
  for (auto const& key : keys) write(key, "1");
  keys.insert("barrier");
  ASSERT_TRUE(until_rows(keys));
  ASSERT_TRUE(scan_again());
  ASSERT_TRUE(idle());
  EXPECT_EQ(ledger.count(ChangeKind::created), 10);
}

TEST_F(LocalSource, never_takes_links_pipes_or_ignored_names) {
  start_and_scan();
  fs::create_symlink("/etc/hostname", path("link"));
  fs::create_directory_symlink("/etc", path("dirlink"));
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  write("half.part", "1");
  write(".~tmp~/x", "1");
  ASSERT_TRUE(idle());
  ASSERT_TRUE(scan_again());
  EXPECT_EQ(ledger.keys(), std::set<std::string>{"barrier"});
}

TEST_F(LocalSource, finds_by_a_scan_what_an_overflow_lost) {
  write("data", "1");
  fs::create_hard_link(path("data"), temp_ / "outside");
  start_and_scan();
  std::ofstream(temp_ / "outside", std::ios::app) << "2";  // through this name inotify tells nothing
  std::byte bytes[16]{};
  int const wd = -1;
  std::uint32_t const mask = IN_Q_OVERFLOW;
  std::memcpy(bytes, &wd, 4);
  std::memcpy(bytes + 4, &mask, 4);
  source->accept(bytes);
  EXPECT_EQ(source->health().overflows, 1);
  ASSERT_TRUE(until([&] { return ledger.rows.at("data").version.size == 2; }));
  EXPECT_NE(source->health().state, watch::SourceHealth::State::offline);
}

TEST_F(LocalSource, lowers_its_quiet_time_for_what_waits_already) {
  settings.settle = 1h;
  start();
  write("data", "1");
  ASSERT_TRUE(until([&] { return source->health().scans == 1 && source->health().settling == 1; }));
  watch::Pace pace;
  pace.settle = 0ms;
  source->set_pace(pace);
  ASSERT_TRUE(until_rows({"data"}));
}

TEST(LocalSourceOnTmpfs, works_there_too) {
  fs::path const root = "/dev/shm/tidewheel-watch-test-" + std::to_string(::getpid());
  {
    WatchedTree tree(root);
    tree.start_and_scan();
    tree.write("a/b", "1");
    EXPECT_TRUE(tree.until_rows({"a/b", "barrier"}));
  }
  fs::remove_all(root);
}

}  // namespace
