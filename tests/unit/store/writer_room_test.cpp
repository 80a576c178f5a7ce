#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "sql/error.hpp"
#include "writer_fixture.hpp"

namespace store {
namespace {

using testing::ElementsAre;

class WriterOnAFullDisk : public WriterTest {
 protected:
  /// A disk of `pages` pages, for the database. Never a reason to wait itself.
  void limit(std::int64_t pages) {
    support::run_coro(io, [&]() -> awaitable<void> {
      auto op = [pages](sql::Connection& db) { db.run("PRAGMA max_page_count=" + std::to_string(pages)); };
      co_await writer->write(Lane::run, std::move(op));
    });
    io.restart();  // for poll()
  }
  /// More than fits into 12 pages.
  awaitable<void> insert_much(std::int64_t first) {
    auto op = [first](sql::Connection& db) {
      for (std::int64_t i = 0; i < 20'000; ++i) db.run("INSERT INTO t VALUES (?)", first + i);
    };
    co_await writer->write(Lane::intake, std::move(op));
  }
  awaitable<void> must_fail(awaitable<void> write) {
    try {
      co_await std::move(write);
      ADD_FAILURE();
    } catch (core::Failure const& failure) {
      EXPECT_EQ(failure.error().code, core::Errc::no_space);
    }
  }
  void wait_until_told(std::size_t times) {
    std::unique_lock lock(mutex);
    EXPECT_TRUE(news.wait_for(lock, std::chrono::seconds(60), [&] { return told.size() >= times; }));
  }
};

TEST_F(WriterOnAFullDisk, what_has_no_room_waits_and_lets_a_run_end_meanwhile) {
  limit(12);
  aio::TaskGroup group(io.get_executor());
  bool done = false;
  group.spawn([&]() -> awaitable<void> {
    co_await insert_much(0);
    done = true;
  });
  io.poll();
  wait_until_told(1);
  EXPECT_EQ(support::run_coro(io, [&] { return insert(Lane::run, -1); }), 1);
  EXPECT_FALSE(done);
  EXPECT_EQ(committed(), 1);
  limit(100'000);
  support::run_coro(io, [&] { return group.join(); });
  EXPECT_TRUE(done);
  EXPECT_EQ(committed(), 20'001);
  wait_until_told(2);
  EXPECT_THAT(told, ElementsAre(core::to_string(core::Errc::no_space), "goes on"))
      << "said once, however often it was tried";
}

TEST_F(WriterOnAFullDisk, what_was_undone_is_done_again_in_its_order_and_what_failed_by_itself_is_not) {
  limit(12);
  std::latch entered(1), release(1);
  aio::TaskGroup group(io.get_executor());
  hold_writer(group, entered, [&] { return block(entered, release); });
  int acknowledged = 0, refused = 0;
  auto const attempt = [&](std::int64_t value) -> awaitable<void> {
    try {
      co_await insert(Lane::intake, value);
      ++acknowledged;
    } catch (sql::Error const& error) {
      refused += error.kind() == sql::ErrorKind::constraint ? 1 : 0;
    }
  };
  for (int i = 1; i <= 3; ++i) group.spawn([&, i] { return attempt(-i); });
  group.spawn([&] { return attempt(-3); });
  group.spawn([&] { return insert_much(0); });
  for (int i = 4; i <= 6; ++i) group.spawn([&, i] { return attempt(-i); });
  expect_queued(0, 8);
  release.count_down();
  wait_until_told(1);
  limit(100'000);
  support::run_coro(io, [&] { return group.join(); });
  EXPECT_EQ(acknowledged, 6);
  EXPECT_EQ(refused, 1);
  sql::Connection reader(file, sql::Mode::read_only);
  std::vector<std::int64_t> order;
  reader.each("SELECT x FROM t WHERE x <= 0 ORDER BY rowid",
              [&](sql::Row const& row) { order.push_back(row.integer(0)); });
  EXPECT_THAT(order, ElementsAre(-1, -2, -3, 0, -4, -5, -6));
  EXPECT_EQ(committed(), 20'006);
}

TEST_F(WriterOnAFullDisk, nothing_waits_for_room_once_the_end_has_come) {
  limit(12);
  aio::TaskGroup group(io.get_executor());
  group.spawn([&] { return must_fail(insert_much(0)); });
  io.poll();
  wait_until_told(1);
  writer->stop_waiting_for_room();
  support::run_coro(io, [&] { return group.join(); });
  support::run_coro(io, [&] { return must_fail(insert_much(0)); });
  EXPECT_EQ(committed(), 0);
  limit(100'000);
  EXPECT_EQ(support::run_coro(io, [&] { return insert(Lane::run, 1); }), 1) << "the failure did no harm";
}

TEST_F(WriterOnAFullDisk, close_does_not_wait_for_room) {
  limit(12);
  aio::TaskGroup group(io.get_executor());
  group.spawn([&] { return must_fail(insert_much(0)); });
  io.poll();
  wait_until_told(1);
  writer->close();
  support::run_coro(io, [&] { return group.join(); });
  EXPECT_EQ(committed(), 0);
}

}  // namespace
}  // namespace store
