#include "sql/transaction.hpp"

namespace sql {
namespace {

/// A rollback that fails leaves SQLite outside the transaction or with an error that the next statement repeats.
void try_run(Connection& db, std::string_view sql) noexcept {
  try {
    db.run(sql);
  } catch (Error const&) {
    return;
  }
}

}  // namespace

Transaction::Transaction(Connection& db) : db_(db) {
  db_.run("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  if (db_.in_transaction()) try_run(db_, "ROLLBACK");
}

void Transaction::commit() {
  try {
    db_.run("COMMIT");
  } catch (...) {
    if (db_.in_transaction()) try_run(db_, "ROLLBACK");
    throw;
  }
}

Savepoint::Savepoint(Connection& db) : db_(db) {
  db_.run("SAVEPOINT operation");
}

Savepoint::~Savepoint() {
  if (!open_ || !db_.in_transaction()) return;
  try_run(db_, "ROLLBACK TO operation");
  try_run(db_, "RELEASE operation");
}

void Savepoint::release() {
  db_.run("RELEASE operation");
  open_ = false;
}

}  // namespace sql
