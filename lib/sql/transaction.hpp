#pragma once

#include "sql/connection.hpp"

namespace sql {

/// BEGIN IMMEDIATE (a deferred one that reads first and then writes gets SQLITE_BUSY at once, whatever the timeout).
/// Rolls back when it is destroyed without commit().
class Transaction {
 public:
  explicit Transaction(Connection& db);
  ~Transaction();
  Transaction(Transaction const&) = delete;
  Transaction& operator=(Transaction const&) = delete;
  /// Throws sql::Error; the transaction is rolled back then.
  void commit();

 private:
  Connection& db_;
};

/// One operation inside a transaction, undone on its own when it is destroyed without release().
/// Some failures (disk full, I/O) make SQLite roll back everything: then in_transaction() is false and nothing is left
/// to undo.
class Savepoint {
 public:
  explicit Savepoint(Connection& db);
  ~Savepoint();
  Savepoint(Savepoint const&) = delete;
  Savepoint& operator=(Savepoint const&) = delete;
  void release();

 private:
  Connection& db_;
  bool open_ = true;
};

}  // namespace sql
