#include "store/writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <future>
#include <thread>

#include "sql/error.hpp"
#include "writer_fixture.hpp"

namespace store {
namespace {

using testing::ElementsAre;

TEST_F(WriterTest, resumes_after_the_commit_on_the_callers_thread) {
  auto const loop = std::this_thread::get_id();
  auto const rows = support::run_coro(io, [&]() -> awaitable<std::int64_t> {
    auto op = [loop](sql::Connection& db) {
      EXPECT_NE(std::this_thread::get_id(), loop);
      return db.run("INSERT INTO t VALUES (1)");
    };
    auto const changed = co_await writer->write(Lane::run, std::move(op));
    EXPECT_EQ(std::this_thread::get_id(), loop);
    EXPECT_EQ(committed(), 1);
    co_return changed;
  });
  EXPECT_EQ(rows, 1);
}

TEST_F(WriterTest, an_operation_that_throws_fails_alone) {
  std::latch entered(1), release(1);
  aio::TaskGroup group(io.get_executor());
  std::vector<std::string> outcomes(3);
  hold_writer(group, entered, [&] { return block(entered, release); });
  auto const attempt = [&](std::size_t index, std::int64_t value) -> awaitable<void> {
    try {
      co_await insert(Lane::run, value);
      outcomes[index] = "done";
    } catch (sql::Error const& error) {
      outcomes[index] = error.kind() == sql::ErrorKind::constraint ? "refused" : "other";
    }
  };
  group.spawn([&] { return attempt(0, 7); });
  group.spawn([&] { return attempt(1, 7); });
  group.spawn([&] { return attempt(2, 8); });
  expect_queued(3, 0);
  release.count_down();
  support::run_coro(io, [&] { return group.join(); });
  EXPECT_THAT(outcomes, ElementsAre("done", "refused", "done"));
  EXPECT_EQ(committed(), 2);
}

TEST_F(WriterTest, an_operation_of_any_exception_type_is_undone) {
  support::run_coro(io, [&]() -> awaitable<void> {
    auto op = [](sql::Connection& db) {
      db.run("INSERT INTO t VALUES (1)");
      throw std::out_of_range("mine");
    };
    try {
      co_await writer->write(Lane::run, std::move(op));
      ADD_FAILURE();
    } catch (std::out_of_range const& error) {
      EXPECT_STREQ(error.what(), "mine");
    }
  });
  EXPECT_EQ(committed(), 0);
}

TEST_F(WriterTest, a_failing_commit_fails_the_whole_group_and_the_next_one_works) {
  std::latch entered(1), release(1);
  aio::TaskGroup group(io.get_executor());
  int failed = 0;
  auto const attempt = [&](std::string statement) -> awaitable<void> {
    auto op = [statement](sql::Connection& db) { db.run(statement); };
    try {
      co_await writer->write(Lane::run, std::move(op));
    } catch (core::Failure const& failure) {
      EXPECT_EQ(failure.error().code, core::Errc::conflict);
      ++failed;
    }
  };
  auto const hold = [&]() -> awaitable<void> {
    try {
      co_await block(entered, release);
    } catch (core::Failure const&) {
      ++failed;
    }
  };
  hold_writer(group, entered, hold);
  group.spawn([&] { return attempt("INSERT INTO t VALUES (1)"); });
  group.spawn([&] { return attempt("INSERT INTO child VALUES (99)"); });  // fails only at COMMIT
  group.spawn([&] { return attempt("INSERT INTO t VALUES (2)"); });
  expect_queued(3, 0);
  release.count_down();
  support::run_coro(io, [&] { return group.join(); });
  EXPECT_EQ(failed, 3) << "the operation that held the thread was committed before them";
  EXPECT_EQ(committed(), 0);
  EXPECT_EQ(support::run_coro(io, [&] { return insert(Lane::run, 5); }), 1);
}

TEST_F(WriterTest, run_operations_go_before_intake) {
  std::latch entered(1), release(1);
  aio::TaskGroup group(io.get_executor());
  std::vector<std::string> order;  // written by the writer thread, read after all have resumed
  auto const note = [&](Lane lane, std::string name) -> awaitable<void> {
    auto op = [&order, name](sql::Connection&) { order.push_back(name); };
    co_await writer->write(lane, std::move(op));
  };
  hold_writer(group, entered, [&] { return block(entered, release); });
  group.spawn([&] { return note(Lane::intake, "intake 1"); });
  group.spawn([&] { return note(Lane::intake, "intake 2"); });
  group.spawn([&] { return note(Lane::run, "run 1"); });
  group.spawn([&] { return note(Lane::run, "run 2"); });
  expect_queued(2, 2);
  release.count_down();
  support::run_coro(io, [&] { return group.join(); });
  EXPECT_THAT(order, ElementsAre("run 1", "run 2", "intake 1", "intake 2"));
}

TEST_F(WriterTest, commits_together_what_queued_meanwhile) {
  std::latch entered(1), release(1);
  aio::TaskGroup group(io.get_executor());
  hold_writer(group, entered, [&] { return block(entered, release); });
  sql::Connection reader(file, sql::Mode::read_only);
  for (int i = 0; i < 50; ++i) group.spawn([&, i]() -> awaitable<void> { co_await insert(Lane::intake, i); });
  expect_queued(0, 50);
  release.count_down();
  std::int64_t commits = 0;
  auto const watch = std::async(std::launch::async, [&] {
    std::int64_t rows = 0;
    while (rows < 50) {
      auto const now = reader.integer("SELECT count(*) FROM t").value();
      if (now != rows) ++commits;
      rows = now;
    }
  });
  support::run_coro(io, [&] { return group.join(); });
  watch.wait();
  EXPECT_EQ(commits, 1);
}

TEST_F(WriterTest, many_producers_lose_nothing) {
  aio::TaskGroup group(io.get_executor());
  constexpr int producers = 40;
  constexpr int each = 50;
  int acknowledged = 0;
  auto const produce = [&](int producer) -> awaitable<void> {
    for (int i = 0; i < each; ++i) {
      auto const lane = i % 3 == 0 ? Lane::run : Lane::intake;
      acknowledged += static_cast<int>(co_await insert(lane, producer * each + i));
    }
  };
  for (int producer = 0; producer < producers; ++producer) group.spawn([&, producer] { return produce(producer); });
  support::run_coro(io, [&] { return group.join(); });
  EXPECT_EQ(acknowledged, producers * each);
  EXPECT_EQ(committed(), producers * each);
}

TEST_F(WriterTest, cancelling_the_coroutine_does_not_withdraw_its_operation) {
  std::latch entered(1), release(1);
  aio::TaskGroup group(io.get_executor());
  hold_writer(group, entered, [&] { return block(entered, release); });
  bool resumed = false;
  auto const write = [&]() -> awaitable<void> {
    co_await insert(Lane::run, 1);
    resumed = true;
  };
  group.spawn(write);
  expect_queued(1, 0);
  group.stop();
  release.count_down();
  support::run_coro(io, [&]() -> awaitable<void> { co_await group.join(); });
  EXPECT_TRUE(resumed) << "the coroutine learns that its operation is durable";
  EXPECT_EQ(committed(), 1);
}

TEST_F(WriterTest, close_finishes_what_is_queued_and_refuses_the_rest) {
  aio::TaskGroup group(io.get_executor());
  for (int i = 0; i < 100; ++i) group.spawn([&, i]() -> awaitable<void> { co_await insert(Lane::intake, i); });
  io.poll();
  writer->close();
  support::run_coro(io, [&] { return group.join(); });
  EXPECT_EQ(committed(), 100);
  EXPECT_THROW(support::run_coro(io, [&] { return insert(Lane::run, 1000); }), core::Failure);
}

/// Writes past `bytes` in any file fail with EFBIG, which SQLite takes for a failing disk.
class FailingDisk {
 public:
  explicit FailingDisk(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit const tight{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &tight);
  }
  ~FailingDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST_F(WriterTest, a_commit_that_meets_a_failing_disk_ends_all_writing) {
  support::run_coro(io, [&] { return insert(Lane::run, 1); });
  auto const attempt = [&](std::int64_t value) -> awaitable<core::Errc> {
    try {
      co_await insert(Lane::run, value);
    } catch (core::Failure const& failure) {
      co_return failure.error().code;
    }
    co_return core::Errc::internal;
  };
  {
    FailingDisk const disk(static_cast<rlim_t>(std::filesystem::file_size(file.string() + "-wal")));
    EXPECT_EQ(support::run_coro(io, [&] { return attempt(2); }), core::Errc::io);
  }
  EXPECT_EQ(support::run_coro(io, [&] { return attempt(3); }), core::Errc::io) << "also after the disk has healed";
  writer->close();
  EXPECT_EQ(committed(), 1) << "what was acknowledged is there";
}

TEST_F(WriterTest, keeps_the_wal_small) {
  auto const insert_much = [&]() -> awaitable<void> {
    auto op = [](sql::Connection& db) {
      db.run("CREATE TABLE IF NOT EXISTS big(x BLOB) STRICT");
      db.run("INSERT INTO big VALUES (zeroblob(1000000))");
    };
    for (int i = 0; i < 40; ++i) {
      auto one = op;
      co_await writer->write(Lane::intake, std::move(one));
    }
  };
  support::run_coro(io, insert_much);
  EXPECT_LT(std::filesystem::file_size(file.string() + "-wal"), 17u << 20);
  EXPECT_GT(std::filesystem::file_size(file), 30u << 20) << "moved into the database while writing";
  writer->close();
  EXPECT_EQ(std::filesystem::file_size(file.string() + "-wal"), 0);
}

}  // namespace
}  // namespace store
