#include "sql/transaction.hpp"

#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace sql {
namespace {

class TransactionTest : public testing::Test {
 protected:
  TransactionTest() { db.run("CREATE TABLE t(x INTEGER UNIQUE) STRICT"); }
  std::int64_t rows() { return db.integer("SELECT count(*) FROM t").value(); }

  support::TempDir dir;
  Connection db{dir / "test.db", Mode::read_write};
};

TEST_F(TransactionTest, keeps_what_was_committed) {
  Transaction transaction(db);
  db.run("INSERT INTO t VALUES (1)");
  transaction.commit();
  EXPECT_FALSE(db.in_transaction());
  EXPECT_EQ(rows(), 1);
}

TEST_F(TransactionTest, undoes_what_an_exception_left) {
  try {
    Transaction const transaction(db);
    db.run("INSERT INTO t VALUES (1)");
    db.run("INSERT INTO t VALUES (1)");
    FAIL();
  } catch (Error const&) {
    EXPECT_FALSE(db.in_transaction());
  }
  EXPECT_EQ(rows(), 0);
}

TEST_F(TransactionTest, a_savepoint_undoes_its_own_part_only) {
  Transaction transaction(db);
  db.run("INSERT INTO t VALUES (1)");
  {
    Savepoint const undone(db);
    db.run("INSERT INTO t VALUES (2)");
  }
  {
    Savepoint kept(db);
    db.run("INSERT INTO t VALUES (3)");
    kept.release();
  }
  transaction.commit();
  EXPECT_EQ(rows(), 2);
  EXPECT_EQ(db.integer("SELECT max(x) FROM t"), 3);
}

TEST_F(TransactionTest, takes_the_write_lock_at_once) {
  Transaction const transaction(db);
  Connection other(dir / "test.db", Mode::read_write);
  other.run("PRAGMA busy_timeout=0");
  try {
    Transaction const second(other);
    FAIL();
  } catch (Error const& error) {
    EXPECT_EQ(error.kind(), ErrorKind::busy);
    EXPECT_EQ(error.error().code, core::Errc::unavailable);
  }
}

TEST_F(TransactionTest, a_failing_commit_leaves_no_transaction) {
  db.run("CREATE TABLE parent(id INTEGER PRIMARY KEY) STRICT");
  db.run("CREATE TABLE child(id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED) STRICT");
  Transaction transaction(db);
  db.run("INSERT INTO child VALUES (7)");
  EXPECT_THROW(transaction.commit(), Error);
  EXPECT_FALSE(db.in_transaction());
  EXPECT_EQ(db.integer("SELECT count(*) FROM child"), 0);
}

}  // namespace
}  // namespace sql
