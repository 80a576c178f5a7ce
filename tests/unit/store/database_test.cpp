#include "store/database.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "sql/migration.hpp"
#include "store/intake.hpp"
#include "store/schema.hpp"
#include "support/run_coro.hpp"
#include "support/temp_dir.hpp"

namespace store {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

class DatabaseTest : public testing::Test {
 protected:
  void write(Database& db, std::string statement) {
    support::run_coro(io, [&]() -> awaitable<void> {
      auto op = [statement](sql::Connection& connection) { connection.run(statement); };
      co_await db.write(Lane::run, std::move(op));
    });
  }
  std::int64_t read(Database& db, std::string query) {
    return support::run_coro(io, [&]() -> awaitable<std::int64_t> {
      auto op = [query](sql::Connection& connection) { return connection.integer(query).value(); };
      co_return co_await db.read(std::move(op));
    });
  }
  core::Error refusal() {
    try {
      Database const db(file);
    } catch (core::Failure const& failure) {
      return failure.error();
    }
    return {core::Errc::internal, "it was opened", {}, {}};
  }

  support::TempDir dir;
  std::filesystem::path file = dir / "tidewheel.db";
  boost::asio::io_context io{1};  // outlives every Database of a test
};

TEST_F(DatabaseTest, reads_what_was_written) {
  Database db(file);
  write(db, "INSERT INTO meta VALUES ('mine', 7)");
  EXPECT_EQ(read(db, "SELECT value FROM meta WHERE name = 'mine'"), 7);
}

TEST_F(DatabaseTest, the_reader_may_not_write) {
  Database db(file);
  EXPECT_THROW(read(db, "INSERT INTO meta VALUES ('mine', 7) RETURNING value"), sql::Error);
}

TEST_F(DatabaseTest, keeps_its_identity_and_its_content) {
  std::string instance, feed;
  {
    Database db(file);
    write(db, "INSERT INTO meta VALUES ('mine', 7)");
    sql::Connection reader(file, sql::Mode::read_only);
    instance = instance_id(reader);
    feed = feed_id(reader);
    EXPECT_THAT(instance, MatchesRegex("[0-9a-f]+"));
    EXPECT_EQ(instance.size(), 32);
    EXPECT_NE(feed, instance);
  }
  Database db(file);
  EXPECT_EQ(read(db, "SELECT count(*) FROM meta WHERE name = 'mine'"), 1);
  sql::Connection reader(file, sql::Mode::read_only);
  EXPECT_EQ(instance_id(reader), instance);
  EXPECT_EQ(feed_id(reader), feed);
  EXPECT_EQ(reader.integer("SELECT schema FROM v1_meta"), 3);
  EXPECT_EQ(reader.integer("SELECT feed_floor FROM v1_meta"), 1);
}

TEST_F(DatabaseTest, makes_its_views_anew_at_every_start) {
  { Database const db(file); }
  {
    sql::Connection tampered(file, sql::Mode::read_write);
    tampered.run("DROP VIEW v1_runs");
    tampered.run("CREATE VIEW v1_runs AS SELECT 1 AS old");
    tampered.run("CREATE VIEW v1_gone AS SELECT 1 AS old");
  }
  Database db(file);
  EXPECT_EQ(read(db, "SELECT count(run_no) FROM v1_runs"), 0);
  EXPECT_EQ(read(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'v1_gone'"), 0);
}

TEST_F(DatabaseTest, every_view_can_be_read_by_a_plain_client) {
  Database const db(file);
  sql::Connection reader(file, sql::Mode::read_only);
  std::vector<std::string> views;
  reader.each("SELECT name FROM sqlite_schema WHERE type = 'view'",
              [&](sql::Row const& row) { views.push_back(row.text(0)); });
  EXPECT_GE(views.size(), 13u);
  for (auto const& view : views) EXPECT_NO_THROW(reader.run("SELECT * FROM " + view)) << view;
}

TEST_F(DatabaseTest, refuses_a_newer_schema) {
  { Database const db(file); }
  sql::Connection(file, sql::Mode::read_write).run("PRAGMA user_version=99");
  auto const error = refusal();
  EXPECT_EQ(error.code, core::Errc::unsupported);
  EXPECT_THAT(error.hint, HasSubstr("install"));
}

TEST_F(DatabaseTest, refuses_what_is_not_ours) {
  sql::Connection(file, sql::Mode::read_write).run("CREATE TABLE theirs(x INTEGER)");
  EXPECT_EQ(refusal().code, core::Errc::conflict);
}

TEST_F(DatabaseTest, refuses_a_broken_file) {
  std::ofstream(file) << std::string(10'000, '\7');
  EXPECT_EQ(refusal().code, core::Errc::corrupt);
  EXPECT_EQ(std::filesystem::file_size(file), 10'000) << "and leaves it as it is";
}

/// Exit status of `body` in a child process that is user nobody; only async-safe enough things happen around it.
template <class Body>
int as_nobody(Body body) {
  auto const child = ::fork();
  if (child == 0) {
    if (::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(90);
    int status = 91;
    try {
      status = body();
    } catch (std::exception const& error) {
      std::fprintf(stderr, "as nobody: %s\n", error.what());
    }
    ::_exit(status);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 92;
}

TEST_F(DatabaseTest, a_reader_without_write_permission_works_while_the_daemon_runs_and_after_it_stopped) {
  if (::geteuid() != 0) GTEST_SKIP() << "becoming another user needs root";
  std::filesystem::permissions(dir.path(), std::filesystem::perms(0755));
  auto const before = ::umask(022);
  auto const count = [&] {
    sql::Connection reader(file, sql::Mode::read_only);
    auto const rows = reader.integer("SELECT count(*) FROM v1_meta, meta WHERE name = 'mine'").value();
    bool const may_write = ::access(file.c_str(), W_OK) == 0 || ::access(dir.path().c_str(), W_OK) == 0;
    return may_write ? 80 : static_cast<int>(rows);
  };
  Database db(file);
  ::umask(before);
  write(db, "INSERT INTO meta VALUES ('mine', 7)");
  EXPECT_EQ(as_nobody(count), 1) << "while it runs, with the row still in the WAL";
  db.close();
  EXPECT_EQ(as_nobody(count), 1) << "after it stopped";
  EXPECT_EQ(as_nobody(count), 1) << "and again";
}

std::string slurp(std::filesystem::path const& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> schema_of(sql::Connection& db) {
  std::vector<std::string> parts;
  db.each("SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema WHERE type <> 'view' ORDER BY 1",
          [&](sql::Row const& row) { parts.push_back(row.text(0)); });
  return parts;
}

/// Databases that earlier versions wrote, as SQL text; made once by tests/fixtures/db/make and never changed after a
/// release.
TEST_F(DatabaseTest, opens_the_databases_of_every_version) {
  sql::Connection fresh(dir / "fresh.db", sql::Mode::read_write);
  prepare_schema(fresh);
  for (std::size_t version = 1; version <= schema_steps().size(); ++version) {
    auto const name = "v" + std::to_string(version);
    auto const path = dir / (name + ".db");
    {
      sql::Connection old(path, sql::Mode::read_write);
      old.run_script(slurp(std::filesystem::path(TIDEWHEEL_FIXTURES) / "db" / (name + ".sql")));
    }
    Database db(path);
    EXPECT_EQ(read(db, "SELECT count(*) FROM v1_runs"), 3) << name;
    EXPECT_EQ(read(db, "SELECT count(*) FROM v1_p_sensor_qc WHERE n = 3 AND input_key = 'a.csv'"), 1) << name;
    EXPECT_EQ(read(db, "SELECT count(*) FROM v1_artifacts"), 1) << name;
    sql::Connection reader(path, sql::Mode::read_only);
    EXPECT_EQ(schema_of(reader), schema_of(fresh)) << name << " must come out as a new database does";
  }
}

}  // namespace
}  // namespace store
