#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>
#include <random>
#include <vector>

#include "aio/task_group.hpp"
#include "core/fd.hpp"
#include "sql/transaction.hpp"
#include "store/database.hpp"
#include "store/intake.hpp"
#include "store/pipelines.hpp"
#include "store/schema.hpp"
#include "support/temp_dir.hpp"

namespace store {
namespace {

core::Wall at(std::int64_t seconds) {
  return core::from_ms(seconds * 1000);
}

/// What must hold however the daemon ended.
void expect_whole(sql::Connection& db) {
  EXPECT_EQ(db.first("PRAGMA integrity_check", [](sql::Row const& row) { return row.text(0); }), "ok");
  for (auto const& [table, column, counter] :
       {std::tuple("feed", "seq", "feed"), std::tuple("change", "seq", "change"), std::tuple("run", "run_no", "run")}) {
    auto const rows = db.integer(std::string("SELECT count(*) FROM ") + table);
    EXPECT_EQ(db.integer(std::string("SELECT coalesce(max(") + column + "), 0) FROM " + table), rows) << table;
    EXPECT_EQ(db.integer("SELECT value FROM counter WHERE name = ?", counter), rows) << table;
  }
  EXPECT_EQ(db.integer("SELECT count(*) FROM item WHERE NOT EXISTS (SELECT 1 FROM change c WHERE c.seq = item.seq)"),
            0);
  EXPECT_EQ(db.integer("SELECT count(*) FROM change c WHERE NOT EXISTS (SELECT 1 FROM run r WHERE r.seq = c.seq)"), 0)
      << "no change without the run that it causes";
}

std::string file_content(std::filesystem::path const& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void put_file(std::filesystem::path const& path, std::string_view content) {
  std::ofstream(path, std::ios::binary).write(content.data(), static_cast<std::streamsize>(content.size()));
}

/// A source, a pipeline, and `changes` files, each its own transaction.
struct World {
  explicit World(sql::Connection& db) {
    source = ensure_source(db, "/srv", at(0), at(0)).id;
    domain::PipelineSpec spec;
    spec.name = "qc";
    pipeline.pipeline = register_revision(db, spec, "yaml", "{}", at(0), at(0)).value().id;
  }
  /// As it was made before.
  World(std::int64_t source_id, std::int64_t pipeline_id) : source{source_id} { pipeline.pipeline = {pipeline_id}; }
  void change(sql::Connection& db, std::string const& key, std::int64_t second) const {
    auto const ns = second * 1'000'000'000;
    Difference difference{key, domain::Version{1, ns, ns, 1}, std::nullopt, {pipeline}, {}};
    (void)commit_differences(db, source, {difference}, at(second));
  }
  SourceId source;
  Match pipeline;
};

TEST(Crash, a_wal_cut_at_any_length_opens_as_an_earlier_moment) {
  support::TempDir dir;
  auto const file = dir / "tidewheel.db";
  constexpr std::int64_t changes = 100;
  std::string database, wal;
  {
    sql::Connection db(file, sql::Mode::read_write);
    prepare_schema(db);
    World const world(db);
    db.checkpoint(sql::Connection::Checkpoint::truncate);
    for (std::int64_t i = 1; i <= changes; ++i) {
      sql::Transaction transaction(db);
      world.change(db, "f" + std::to_string(i), i);
      transaction.commit();
    }
    database = file_content(file);
    wal = file_content(file.string() + "-wal");
  }
  std::int64_t before = 0;
  for (std::size_t part = 0; part <= 64; ++part) {
    support::TempDir cut;
    put_file(cut / "tidewheel.db", database);
    put_file(cut / "tidewheel.db-wal", std::string_view(wal).substr(0, wal.size() * part / 64));
    sql::Connection db(cut / "tidewheel.db", sql::Mode::read_write);
    prepare_schema(db);
    expect_whole(db);
    auto const seen = db.integer("SELECT count(*) FROM change").value();
    EXPECT_GE(seen, before) << "cut at " << part << "/64";
    before = seen;
  }
  EXPECT_EQ(before, changes);
}

/// Where a WAL may be cut: around its header and around and inside each of its frames
/// (sqlite.org/fileformat2.html#walformat).
std::vector<std::size_t> cuts(std::size_t size, std::size_t page) {
  constexpr std::size_t header = 32, frame_header = 24;
  std::vector<std::size_t> found{0, 1, 17, header - 1, header};
  for (auto frame = header; frame < size; frame += frame_header + page)
    for (auto const inside :
         {std::size_t{1}, std::size_t{8}, frame_header - 1, frame_header, frame_header + 1, frame_header + 511,
          frame_header + page / 2 + 1, frame_header + page - 1, frame_header + page})
      if (frame + inside <= size) found.push_back(frame + inside);
  return found;
}

TEST(Crash, a_wal_cut_at_and_inside_every_frame_opens_as_what_was_committed_before_it) {
  support::TempDir dir;
  auto const file = dir / "tidewheel.db";
  constexpr std::int64_t changes = 12;
  std::string database, wal;
  std::vector<std::size_t> ends;  // of the WAL after each commit
  {
    sql::Connection db(file, sql::Mode::read_write);
    prepare_schema(db);
    World const world(db);
    db.checkpoint(sql::Connection::Checkpoint::truncate);
    for (std::int64_t i = 1; i <= changes; ++i) {
      sql::Transaction transaction(db);
      world.change(db, "f" + std::to_string(i), i);
      transaction.commit();
      ends.push_back(static_cast<std::size_t>(db.wal_file_size()));
    }
    database = file_content(file);
    wal = file_content(file.string() + "-wal");
  }
  ASSERT_EQ(wal.size(), ends.back());
  for (auto const length : cuts(wal.size(), 4096)) {
    SCOPED_TRACE("cut at " + std::to_string(length) + " of " + std::to_string(wal.size()));
    support::TempDir cut;
    put_file(cut / "tidewheel.db", database);
    put_file(cut / "tidewheel.db-wal", std::string_view(wal).substr(0, length));
    sql::Connection db(cut / "tidewheel.db", sql::Mode::read_write);
    auto const whole = std::count_if(ends.begin(), ends.end(), [length](auto end) { return end <= length; });
    EXPECT_EQ(db.integer("SELECT count(*) FROM change"), whole) << "exactly the commits that are there as a whole";
    expect_whole(db);
    if (testing::Test::HasFailure()) return;
  }
}

TEST(Crash, a_byte_flipped_in_the_wal_opens_as_an_earlier_moment_or_is_refused) {
  support::TempDir dir;
  auto const file = dir / "tidewheel.db";
  std::string database, wal;
  {
    sql::Connection db(file, sql::Mode::read_write);
    prepare_schema(db);
    World const world(db);
    db.checkpoint(sql::Connection::Checkpoint::truncate);
    for (std::int64_t i = 1; i <= 20; ++i) world.change(db, "f" + std::to_string(i), i);
    database = file_content(file);
    wal = file_content(file.string() + "-wal");
  }
  for (std::size_t part = 0; part < 32; ++part) {
    support::TempDir cut;
    auto spoilt = wal;
    spoilt[wal.size() * part / 32] = static_cast<char>(spoilt[wal.size() * part / 32] ^ 0x41);
    put_file(cut / "tidewheel.db", database);
    put_file(cut / "tidewheel.db-wal", spoilt);
    try {
      sql::Connection db(cut / "tidewheel.db", sql::Mode::read_write);
      prepare_schema(db);
      EXPECT_EQ(db.first("PRAGMA integrity_check", [](sql::Row const& row) { return row.text(0); }), "ok");
    } catch (core::Failure const& failure) {
      EXPECT_NE(failure.error().code, core::Errc::internal) << failure.what();
    }
  }
}

/// The child's whole life: commits changes from four coroutines and tells through the pipe after each.
[[noreturn]] void write_until_killed(std::filesystem::path const& file, int report, std::int64_t first) {
  Database db(file);
  boost::asio::io_context io{1};
  aio::TaskGroup group(io.get_executor());
  World const world(1, 1);
  auto const produce = [&](std::int64_t number) -> awaitable<void> {
    for (;; number += 4) {
      auto const key = "f" + std::to_string(number);
      auto op = [&world, key, number](sql::Connection& connection) { world.change(connection, key, number); };
      co_await db.write(Lane::intake, std::move(op));
      if (::write(report, &number, sizeof number) != sizeof number) ::_exit(1);
    }
  };
  for (std::int64_t i = 0; i < 4; ++i) group.spawn([&, i] { return produce(first + i); });
  io.run();
  ::_exit(2);
}

TEST(Crash, every_acknowledged_change_survives_kill_9) {
  support::TempDir dir;
  auto const file = dir / "tidewheel.db";
  {
    sql::Connection db(file, sql::Mode::read_write);
    prepare_schema(db);
    World const world(db);
  }
  std::mt19937 random(20261122);  // NOLINT: the same moments every time, as far as the scheduler allows
  std::int64_t next = 1;
  for (int round = 0; round < 12; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    core::Fd const in(ends[0]);
    core::Fd out(ends[1]);
    auto const child = ::fork();
    if (child == 0) write_until_killed(file, out.get(), next);
    out.reset();
    std::vector<std::int64_t> acknowledged;
    auto const enough = 1 + random() % 200;
    std::int64_t number = 0;
    while (acknowledged.size() < enough && ::read(in.get(), &number, sizeof number) == sizeof number)
      acknowledged.push_back(number);
    ::kill(child, SIGKILL);
    while (::read(in.get(), &number, sizeof number) == sizeof number) acknowledged.push_back(number);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child must not have ended by itself";
    ASSERT_GE(acknowledged.size(), enough);

    sql::Connection db(file, sql::Mode::read_write);
    prepare_schema(db);
    expect_whole(db);
    for (auto const each : acknowledged) {
      EXPECT_TRUE(db.integer("SELECT 1 FROM item WHERE key = CAST(? AS BLOB)", "f" + std::to_string(each))) << each;
      next = std::max(next, each + 1000);
    }
  }
}

}  // namespace
}  // namespace store
