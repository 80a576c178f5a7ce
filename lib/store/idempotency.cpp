#include "store/idempotency.hpp"

namespace store {

namespace {

struct Known {
  bool same = false;
  RunRef made;
};

}  // namespace

core::Result<std::optional<RunRef>> find_once(sql::Connection& db, OnceOnly const& once, core::Wall now) {
  auto const known = db.first(
      "SELECT i.request_sha256 = ?, r.run_no, r.run_id FROM idempotency i JOIN run r USING (run_no)"
      " WHERE i.caller = ? AND i.key = ? AND i.at_ms > ?",
      [](sql::Row const& row) {
        Known found;
        found.same = row.boolean(0);
        found.made.no = RunNo{row.integer(1)};
        found.made.id = row.text(2);
        return found;
      },
      sql::blob(once.request), once.caller, once.key, core::to_ms(now - once_kept));
  if (!known) return std::optional<RunRef>();
  if (known->same) return std::optional(known->made);
  return core::Error{core::Errc::invalid, "this key was used for another request within the last day",
                     "Idempotency-Key", "make a new key for each new request"};
}

void keep_once(sql::Connection& db, OnceOnly const& once, RunNo made, core::Wall now) {
  db.run("DELETE FROM idempotency WHERE at_ms <= ?", core::to_ms(now - once_kept));
  db.run(
      "DELETE FROM idempotency WHERE (caller, key) IN"
      " (SELECT caller, key FROM idempotency ORDER BY at_ms DESC LIMIT -1 OFFSET ?)",
      most_once - 1);
  db.run("INSERT OR REPLACE INTO idempotency(caller, key, request_sha256, run_no, at_ms) VALUES (?, ?, ?, ?, ?)",
         once.caller, once.key, sql::blob(once.request), made.value, core::to_ms(now));
}

}  // namespace store
