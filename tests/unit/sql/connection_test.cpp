#include "sql/connection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "support/temp_dir.hpp"

namespace sql {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ConnectionTest : public testing::Test {
 protected:
  support::TempDir dir;
  std::filesystem::path file = dir / "test.db";
  Connection db{file, Mode::read_write};

  std::string pragma(std::string const& name) {
    return db.first("SELECT CAST(" + name + " AS TEXT) FROM pragma_" + name, [](Row const& row) { return row.text(0); })
        .value();
  }
};

TEST_F(ConnectionTest, opens_with_the_promised_pragmas) {
  EXPECT_EQ(pragma("journal_mode"), "wal");
  EXPECT_EQ(db.integer("PRAGMA synchronous"), 2);
  EXPECT_EQ(db.integer("PRAGMA foreign_keys"), 1);
  EXPECT_EQ(db.integer("PRAGMA trusted_schema"), 0);
  EXPECT_EQ(db.integer("PRAGMA busy_timeout"), 5000);
}

TEST_F(ConnectionTest, gives_back_every_type_as_it_was_bound) {
  db.run("CREATE TABLE t(i INTEGER, r REAL, s TEXT, b BLOB, n TEXT) STRICT");
  std::string const bytes("\0\xff'\n", 4);
  db.run("INSERT INTO t VALUES (?, ?, ?, ?, ?)", INT64_MIN, 0.1, "it's", Blob{bytes}, std::nullopt);
  db.each("SELECT * FROM t", [&](Row const& row) {
    EXPECT_EQ(row.integer(0), INT64_MIN);
    EXPECT_EQ(row.real(1), 0.1);
    EXPECT_EQ(row.text(2), "it's");
    EXPECT_EQ(row.blob(3), bytes);
    EXPECT_EQ(row.optional_text(4), std::nullopt);
    EXPECT_EQ(row.optional_integer(0), INT64_MIN);
    EXPECT_EQ(row.name(3), "b");
    EXPECT_EQ(row.columns(), 5);
  });
}

TEST_F(ConnectionTest, binds_the_argument_types_of_cxx) {
  auto const type_of = [&](auto const& value) {
    return db
        .first(
            "SELECT typeof(?)", [](Row const& row) { return row.text(0); }, value)
        .value();
  };
  EXPECT_EQ(type_of(true), "integer");
  EXPECT_EQ(type_of(7), "integer");
  EXPECT_EQ(type_of(1.5), "real");
  EXPECT_EQ(type_of("literal"), "text");
  EXPECT_EQ(type_of(std::string("text")), "text");
  EXPECT_EQ(type_of(std::string_view()), "text") << "an empty text without a pointer is not NULL";
  EXPECT_EQ(type_of(Blob{std::string_view()}), "blob") << "nor an empty blob";
  EXPECT_EQ(type_of(std::optional<int>()), "null");
  EXPECT_EQ(type_of(std::optional<std::string>("x")), "text");
  EXPECT_EQ(type_of(std::optional(Blob{"x"})), "blob");
}

TEST_F(ConnectionTest, refuses_a_null_where_a_value_is_wanted) {
  EXPECT_THROW((void)db.first("SELECT NULL", [](Row const& row) { return row.integer(0); }), Error);
  EXPECT_THROW((void)db.first("SELECT 'x'", [](Row const& row) { return row.integer(0); }), Error);
}

TEST_F(ConnectionTest, counts_the_rows_that_a_statement_changed) {
  db.run("CREATE TABLE t(x INTEGER) STRICT");
  EXPECT_EQ(db.run("INSERT INTO t VALUES (1), (2), (3)"), 3);
  EXPECT_EQ(db.run("UPDATE t SET x = 0 WHERE x > 1"), 2);
  EXPECT_EQ(db.run("DELETE FROM t WHERE x > 9"), 0);
}

TEST_F(ConnectionTest, finds_no_row_as_nullopt) {
  db.run("CREATE TABLE t(x INTEGER) STRICT");
  EXPECT_FALSE(db.first("SELECT x FROM t", [](Row const& row) { return row.integer(0); }));
  EXPECT_FALSE(db.integer("SELECT max(x) FROM t"));
}

TEST_F(ConnectionTest, lets_a_statement_run_inside_itself) {
  db.run("CREATE TABLE t(x INTEGER) STRICT");
  db.run("INSERT INTO t VALUES (1), (2)");
  std::vector<std::int64_t> seen;
  auto const all = "SELECT x FROM t ORDER BY x";
  db.each(all, [&](Row const& outer) {
    seen.push_back(outer.integer(0));
    db.each(all, [&](Row const& inner) { seen.push_back(inner.integer(0)); });
  });
  EXPECT_THAT(seen, ElementsAre(1, 1, 2, 2, 1, 2));
}

TEST_F(ConnectionTest, a_cached_statement_forgets_its_arguments_and_its_failure) {
  db.run("CREATE TABLE t(x TEXT UNIQUE) STRICT");
  auto const insert = "INSERT INTO t VALUES (?)";
  db.run(insert, "a");
  EXPECT_THROW(db.run(insert, "a"), Error);
  db.run(insert, "b");
  EXPECT_EQ(db.integer("SELECT count(*) FROM t"), 2);
  EXPECT_THROW(db.run(insert), Error) << "an argument is missing; the last one must not stand in for it";
}

TEST_F(ConnectionTest, a_callback_that_throws_leaves_the_statement_usable) {
  auto const two = "SELECT 1 UNION ALL SELECT 2";
  EXPECT_THROW(db.each(two, [](Row const&) { throw std::runtime_error("stop"); }), std::runtime_error);
  int rows = 0;
  db.each(two, [&](Row const&) { ++rows; });
  EXPECT_EQ(rows, 2);
}

TEST_F(ConnectionTest, more_statements_than_the_cache_holds_still_work) {
  for (int i = 0; i < 600; ++i) EXPECT_EQ(db.integer("SELECT " + std::to_string(i)), i);
}

TEST_F(ConnectionTest, refuses_text_after_the_statement) {
  EXPECT_THROW(db.run("SELECT 1; DROP TABLE t"), Error);
  EXPECT_EQ(db.integer("SELECT 1; "), 1);
}

TEST_F(ConnectionTest, a_misspelt_column_in_quotes_is_an_error_and_no_text) {
  EXPECT_THROW(db.run("SELECT \"nothing\""), Error);
}

TEST_F(ConnectionTest, tells_what_failed_and_of_which_kind) {
  db.run("CREATE TABLE t(x TEXT UNIQUE) STRICT");
  db.run("INSERT INTO t VALUES ('a')");
  try {
    db.run("INSERT INTO t VALUES ('a')");
    FAIL();
  } catch (Error const& error) {
    EXPECT_EQ(error.kind(), ErrorKind::constraint);
    EXPECT_EQ(error.code(), 2067) << "SQLITE_CONSTRAINT_UNIQUE";
    EXPECT_EQ(error.error().code, core::Errc::conflict);
    EXPECT_THAT(error.what(), HasSubstr("INSERT INTO t"));
    EXPECT_THAT(error.what(), HasSubstr("UNIQUE constraint failed: t.x"));
    EXPECT_THAT(error.what(), HasSubstr(file.string()));
  }
}

TEST_F(ConnectionTest, a_full_database_is_no_space) {
  db.run("CREATE TABLE t(x BLOB) STRICT");
  db.run("PRAGMA max_page_count=8");
  try {
    db.run("INSERT INTO t VALUES (zeroblob(1000000))");
    FAIL();
  } catch (Error const& error) {
    EXPECT_EQ(error.kind(), ErrorKind::no_space);
    EXPECT_EQ(error.error().code, core::Errc::no_space);
  }
}

TEST_F(ConnectionTest, a_file_that_is_no_database_is_corrupt) {
  auto const other = dir / "text.db";
  std::ofstream(other) << std::string(5000, 'x');
  try {
    Connection const refused(other, Mode::read_write);
    FAIL();
  } catch (core::Failure const& failure) {
    EXPECT_EQ(failure.error().code, core::Errc::corrupt);
    EXPECT_FALSE(failure.error().hint.empty());
  }
}

TEST_F(ConnectionTest, a_reader_reads_and_may_not_write) {
  db.run("CREATE TABLE t(x INTEGER) STRICT");
  Connection reader(file, Mode::read_only);
  EXPECT_EQ(reader.integer("SELECT count(*) FROM t"), 0);
  try {
    reader.run("INSERT INTO t VALUES (1)");
    FAIL();
  } catch (Error const& error) {
    EXPECT_EQ(error.kind(), ErrorKind::read_only);
  }
}

TEST_F(ConnectionTest, a_reader_needs_a_database_that_is_there) {
  EXPECT_THROW(Connection(dir / "absent.db", Mode::read_only), Error);
  EXPECT_FALSE(std::filesystem::exists(dir / "absent.db"));
}

TEST_F(ConnectionTest, checkpoints_only_when_asked_and_around_readers) {
  db.run("CREATE TABLE t(x BLOB) STRICT");
  for (int i = 0; i < 100; ++i) db.run("INSERT INTO t VALUES (zeroblob(100000))");
  EXPECT_GT(db.wal_frames(), 2000) << "no automatic checkpoint at 1000 pages";
  EXPECT_GT(db.wal_file_size(), 8'000'000);
  {
    Connection reader(file, Mode::read_only);
    reader.run("BEGIN");
    EXPECT_EQ(reader.integer("SELECT count(*) FROM t"), 100);
    EXPECT_FALSE(db.checkpoint(Connection::Checkpoint::truncate))
        << "the reader stands in the way, and is not waited for";
  }
  EXPECT_TRUE(db.checkpoint(Connection::Checkpoint::passive));
  EXPECT_TRUE(db.checkpoint(Connection::Checkpoint::truncate));
  EXPECT_EQ(db.wal_file_size(), 0);
}

TEST(Quote, survives_hostile_names) {
  EXPECT_EQ(quote_identifier("a\"; DROP"), "\"a\"\"; DROP\"");
  EXPECT_EQ(quote_text("it's"), "'it''s'");
}

}  // namespace
}  // namespace sql
