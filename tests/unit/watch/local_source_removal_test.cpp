#include <sys/fsuid.h>

#include "unit/watch/watched_tree.hpp"

namespace {

using State = watch::SourceHealth::State;

struct LocalSourceRemoval : ::testing::Test, WatchedTree {
  void known(int count) {
    for (int i = 0; i < count; ++i) {
      watch::KnownItem row;
      row.key = "known/" + std::to_string(10'000 + i);
      ledger.rows[row.key] = row;
    }
  }
};

TEST_F(LocalSourceRemoval, removes_a_deleted_file_after_two_proofs) {
  settings.delete_delay = 200ms;
  write("data", "1");
  start_and_scan();
  auto const deleted = std::chrono::steady_clock::now();
  fs::remove(path("data"));
  ASSERT_TRUE(until([&] { return ledger.count(ChangeKind::removed) == 1; }));
  EXPECT_GE(std::chrono::steady_clock::now() - deleted, 200ms);
}

TEST_F(LocalSourceRemoval, takes_unlink_and_create_as_modified) {
  settings.delete_delay = 300ms;
  write("data", "1");
  start_and_scan();
  ledger.changes.clear();
  fs::remove(path("data"));
  ASSERT_TRUE(until([&] { return source->health().settling > 0; }));
  write("data", "22");
  ASSERT_TRUE(until([&] { return ledger.rows.at("data").version.size == 2; }));
  ASSERT_TRUE(idle());
  ASSERT_EQ(ledger.changes.size(), 1u);
  EXPECT_EQ(ledger.changes[0].kind, ChangeKind::modified);
}

TEST_F(LocalSourceRemoval, follows_a_directory_that_is_moved_in) {
  fs::create_directories(temp_ / "outside/deep");
  std::ofstream(temp_ / "outside/deep/file") << "1";
  start_and_scan();
  fs::rename(temp_ / "outside", path("inside"));
  ASSERT_TRUE(until([&] { return ledger.rows.contains("inside/deep/file"); }));
  write("inside/deep/second", "1");
  ASSERT_TRUE(until([&] { return ledger.rows.contains("inside/deep/second"); }));
}

TEST_F(LocalSourceRemoval, forgets_a_directory_that_is_moved_out_and_drops_its_watches) {
  write("a/b/file", "1");
  write("kept", "1");
  start_and_scan();
  EXPECT_EQ(source->health().directories, 3);
  fs::rename(path("a"), temp_ / "outside");
  ASSERT_TRUE(until_rows({"barrier", "kept"}));
  ASSERT_TRUE(until([&] { return source->health().directories == 1; }));
  std::ofstream(temp_ / "outside/b/late") << "1";
  ASSERT_TRUE(idle());
  EXPECT_EQ(ledger.keys(), (std::set<std::string>{"barrier", "kept"}));
}

TEST_F(LocalSourceRemoval, keeps_watching_a_directory_that_is_renamed_twice) {
  write("a/b/file", "1");
  start_and_scan();
  fs::rename(path("a"), path("x"));
  fs::rename(path("x"), path("y"));
  ASSERT_TRUE(until_rows({"barrier", "y/b/file"}));
  write("y/b/second", "1");
  ASSERT_TRUE(until_rows({"barrier", "y/b/file", "y/b/second"}));
  EXPECT_EQ(source->health().directories, 3);
}

TEST_F(LocalSourceRemoval, survives_removal_and_return_of_the_same_names) {
  for (int i = 0; i < 50; ++i) write("d/e" + std::to_string(i % 5) + "/f" + std::to_string(i), "1");
  start_and_scan();
  fs::remove_all(path("d"));
  for (int i = 0; i < 50; ++i) write("d/e" + std::to_string(i % 5) + "/f" + std::to_string(i), "22");
  ASSERT_TRUE(until([&] { return ledger_is_exact(); }));
  ASSERT_TRUE(idle());
  EXPECT_EQ(ledger.count(ChangeKind::removed), 0);
}

TEST_F(LocalSourceRemoval, never_removes_what_is_below_an_unreadable_directory) {
  write("open/file", "1");
  write("closed/file", "1");
  write("closed/deep/file", "1");
  start_and_scan();
  stop();
  ledger.changes.clear();
  fs::permissions(path("closed"), fs::perms::none);
  pool.join();
  aio::Worker unprivileged(1, "nobody");  // the file system user is a property of the thread
  watch::LocalSource* other = nullptr;
  boost::asio::cancellation_signal cancel;
  bool ended = false;
  auto drop = [] { ::setfsuid(65534); };
  auto body = [&]() -> boost::asio::awaitable<void> {
    co_await unprivileged.run(drop);
    watch::LocalSource local(io.get_executor(), path("").parent_path().string(), ledger, unprivileged, clock, settings);
    other = &local;
    co_await local.run();
  };
  fs::permissions(temp_.path(), fs::perms::all);
  boost::asio::co_spawn(io, body,
                        boost::asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr) { ended = true; }));
  fs::remove(path("open/file"));
  EXPECT_TRUE(until([&] { return ledger.count(ChangeKind::removed) == 1 && other->health().scans >= 4; }));
  EXPECT_EQ(ledger.changes.size(), 1u);
  EXPECT_TRUE(ledger.rows.contains("closed/file") && ledger.rows.contains("closed/deep/file"));
  EXPECT_EQ(other->health().unreadable, 1);
  EXPECT_EQ(other->health().state, State::degraded) << other->health().reason;
  fs::permissions(path("closed"), fs::perms::all);
  EXPECT_TRUE(until([&] { return other->health().state == State::watching; }));
  cancel.emit(boost::asio::cancellation_type::terminal);
  EXPECT_TRUE(until([&] { return ended; }));
  unprivileged.join();
}

TEST_F(LocalSourceRemoval, removes_nothing_while_the_root_is_gone) {
  write("a/file", "1");
  write("b", "1");
  start_and_scan();
  ledger.changes.clear();
  auto const before = ledger.keys();
  fs::remove_all(path(""));
  ASSERT_TRUE(until([&] { return source->health().state == State::offline; }));
  fs::create_directories(path(""));
  ASSERT_TRUE(until([&] { return source->health().reason.find("is empty") != std::string::npos; }));
  EXPECT_EQ(ledger.keys(), before);
  EXPECT_TRUE(ledger.changes.empty());
  write("b", "1");
  ASSERT_TRUE(until_rows({"b"})) << "the root is back, so now it is proven that a/file is not";
  ASSERT_TRUE(until([&] { return source->health().state == State::watching; }));
}

TEST_F(LocalSourceRemoval, goes_offline_when_the_root_is_moved_and_returns_with_it) {
  write("a/file", "1");
  start_and_scan();
  ledger.changes.clear();
  fs::rename(path("").parent_path(), temp_ / "elsewhere");
  ASSERT_TRUE(until([&] { return source->health().state == State::offline; }));
  fs::rename(temp_ / "elsewhere", temp_ / "root");
  ASSERT_TRUE(until([&] { return source->health().state == State::watching; }));
  ASSERT_TRUE(idle());
  EXPECT_TRUE(ledger.changes.empty());
}

TEST_F(LocalSourceRemoval, waits_for_a_root_that_is_not_there_yet) {
  fs::remove(path(""));
  start();
  ASSERT_TRUE(until([&] { return source->health().state == State::offline; }));
  EXPECT_NE(source->health().reason.find("root"), std::string::npos);
  write("file", "1");
  ASSERT_TRUE(until_rows({"file"}));
}

TEST_F(LocalSourceRemoval, takes_the_last_file_of_a_living_root) {
  write("only", "1");
  start();
  ASSERT_TRUE(until_rows({"only"}));
  fs::remove(path("only"));
  ASSERT_TRUE(until_rows({}));
  ASSERT_TRUE(scan_again());
}

TEST_F(LocalSourceRemoval, holds_a_mass_removal_until_a_later_scan_agrees) {
  known(1500);
  write("file", "1");
  start();
  ASSERT_TRUE(until([&] { return source->health().scans == 1; }));
  EXPECT_EQ(source->health().state, State::degraded);
  EXPECT_NE(source->health().reason.find("missing at once"), std::string::npos) << source->health().reason;
  EXPECT_EQ(ledger.count(ChangeKind::removed), 0);
  auto const held = std::chrono::steady_clock::now();
  ASSERT_TRUE(until([&] { return ledger.count(ChangeKind::removed) == 1500; }));
  EXPECT_GE(std::chrono::steady_clock::now() - held, 200ms);
  ASSERT_TRUE(until([&] { return source->health().state == State::watching; }));
}

TEST_F(LocalSourceRemoval, gives_up_a_mass_removal_when_the_files_return) {
  settings.breaker_hold = 1500ms;
  for (int i = 0; i < 1200; ++i) write("d/" + std::to_string(i), "1");
  write("kept", "1");
  start_and_scan();
  stop();
  ledger.changes.clear();
  fs::rename(path("d"), temp_ / "unmounted");
  start();
  ASSERT_TRUE(until([&] { return source->health().state == State::degraded; }));
  fs::rename(temp_ / "unmounted", path("d"));
  ASSERT_TRUE(until([&] { return source->health().state == State::watching && source->health().scans >= 2; }));
  EXPECT_TRUE(ledger.changes.empty());
  for (auto const& [key, row] : ledger.rows) EXPECT_FALSE(row.missing) << key;
}

}  // namespace
