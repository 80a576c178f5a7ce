#include "sql/migration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "support/temp_dir.hpp"

namespace sql {
namespace {

using testing::HasSubstr;

constexpr std::int32_t ours = 0x5457484C;

class Migration : public testing::Test {
 protected:
  core::Error refusal(std::span<std::string const> steps) {
    try {
      migrate(db, ours, steps);
    } catch (core::Failure const& failure) {
      return failure.error();
    }
    return {};
  }

  support::TempDir dir;
  Connection db{dir / "test.db", Mode::read_write};
  std::vector<std::string> const first{"CREATE TABLE t(x INTEGER) STRICT; INSERT INTO t VALUES (1);"};
  std::vector<std::string> const both{first[0], "ALTER TABLE t ADD COLUMN y TEXT; UPDATE t SET y = 'new';"};
};

TEST_F(Migration, makes_a_new_database_and_marks_it) {
  migrate(db, ours, both);
  EXPECT_EQ(db.integer("PRAGMA user_version"), 2);
  EXPECT_EQ(db.integer("PRAGMA application_id"), ours);
  EXPECT_FALSE(std::filesystem::exists(dir / "test.db.v0.bak")) << "nothing was there to copy";
}

TEST_F(Migration, goes_on_from_the_version_that_is_there_after_a_copy) {
  migrate(db, ours, first);
  migrate(db, ours, both);
  EXPECT_EQ(db.integer("SELECT count(*) FROM t WHERE y = 'new'"), 1);
  Connection copy(dir / "test.db.v1.bak", Mode::read_only);
  EXPECT_EQ(copy.integer("PRAGMA user_version"), 1);
  EXPECT_EQ(copy.integer("SELECT x FROM t"), 1);
}

TEST_F(Migration, is_nothing_when_all_is_done) {
  migrate(db, ours, both);
  db.run("INSERT INTO t VALUES (2, 'mine')");
  migrate(db, ours, both);
  EXPECT_EQ(db.integer("SELECT count(*) FROM t"), 2);
}

TEST_F(Migration, a_step_that_fails_leaves_the_version_before) {
  auto broken = both;
  broken[1] += "INSERT INTO absent VALUES (1);";
  migrate(db, ours, first);
  EXPECT_THROW(migrate(db, ours, broken), Error);
  EXPECT_EQ(db.integer("PRAGMA user_version"), 1);
  EXPECT_FALSE(db.integer("SELECT 1 FROM pragma_table_info('t') WHERE name = 'y'"));
  migrate(db, ours, both);
  EXPECT_EQ(db.integer("PRAGMA user_version"), 2) << "and the next try works, over the copy that was made";
}

TEST_F(Migration, refuses_a_newer_database_and_says_what_to_do) {
  migrate(db, ours, both);
  auto const error = refusal(first);
  EXPECT_EQ(error.code, core::Errc::unsupported);
  EXPECT_THAT(error.operation, HasSubstr("schema 2"));
  EXPECT_THAT(error.hint, HasSubstr("test.db.v1.bak"));
  EXPECT_EQ(db.integer("SELECT count(*) FROM t"), 1) << "and leaves it alone";
}

TEST_F(Migration, refuses_the_database_of_another_program) {
  db.run("PRAGMA application_id=42");
  EXPECT_EQ(refusal(first).code, core::Errc::conflict);
}

TEST_F(Migration, refuses_an_unmarked_database_that_is_not_empty) {
  db.run("CREATE TABLE theirs(x INTEGER)");
  EXPECT_EQ(refusal(first).code, core::Errc::conflict);
  EXPECT_FALSE(db.integer("SELECT 1 FROM sqlite_schema WHERE name = 't'"));
}

TEST_F(Migration, a_copy_replaces_an_older_one_and_the_rest_of_a_broken_one) {
  migrate(db, ours, first);
  std::ofstream(dir / "copy.db") << "old";
  std::ofstream(dir / "copy.db.partial") << "broken";
  copy_database(db, dir / "copy.db");
  Connection copy(dir / "copy.db", Mode::read_only);
  EXPECT_EQ(copy.integer("SELECT count(*) FROM t"), 1);
  EXPECT_FALSE(std::filesystem::exists(dir / "copy.db.partial"));
}

}  // namespace
}  // namespace sql
