#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <latch>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "aio/task_group.hpp"
#include "store/writer.hpp"
#include "support/run_coro.hpp"
#include "support/temp_dir.hpp"

namespace store {

/// A writer on a real database with a table to write into.
class WriterTest : public testing::Test {
 protected:
  WriterTest() {
    auto db = std::make_unique<sql::Connection>(file, sql::Mode::read_write);
    db->run("CREATE TABLE t(x INTEGER UNIQUE) STRICT");
    db->run("CREATE TABLE parent(id INTEGER PRIMARY KEY) STRICT");
    db->run("CREATE TABLE child(id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED) STRICT");
    writer = std::make_unique<Writer>(std::move(db), [this](core::Error const* failure) {
      std::lock_guard const lock(mutex);
      told.emplace_back(failure != nullptr ? core::to_string(failure->code) : "goes on");
      news.notify_one();
    });
  }
  /// Counts on a connection of its own: what it sees has been committed.
  std::int64_t committed(std::string const& sql = "SELECT count(*) FROM t") {
    sql::Connection reader(file, sql::Mode::read_only);
    return reader.integer(sql).value();
  }
  awaitable<std::int64_t> insert(Lane lane, std::int64_t value) {
    auto op = [value](sql::Connection& db) { return db.run("INSERT INTO t VALUES (?)", value); };
    co_return co_await writer->write(lane, std::move(op));
  }
  /// Holds the writer thread inside an operation until release.count_down().
  awaitable<void> block(std::latch& entered, std::latch& release) {
    auto op = [&entered, &release](sql::Connection&) {
      entered.count_down();
      release.wait();
    };
    co_await writer->write(Lane::run, std::move(op));
  }
  /// Afterwards the writer thread stands inside an operation of `group`, so that what comes now queues behind it.
  template <class Hold>
  void hold_writer(aio::TaskGroup& group, std::latch& entered, Hold hold) {
    group.spawn(std::move(hold));
    io.poll();
    entered.wait();
  }
  void expect_queued(std::size_t run, std::size_t intake) {
    io.poll();
    EXPECT_EQ(writer->waiting(Lane::run), run);
    EXPECT_EQ(writer->waiting(Lane::intake), intake);
  }

  support::TempDir dir;
  std::filesystem::path file = dir / "test.db";
  std::mutex mutex;
  std::condition_variable news;
  std::vector<std::string> told;  // guarded by mutex: why writing waits for room, and that it goes on
  boost::asio::io_context io{
      1};  // outlives the writer, which may still be inside its post() when a coroutine has resumed
  std::unique_ptr<Writer> writer;
};

}  // namespace store
