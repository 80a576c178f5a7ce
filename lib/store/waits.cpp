#include "store/waits.hpp"

#include <cstdint>
#include <string>

namespace store {

void move_waits(sql::Connection& db, std::chrono::milliseconds by) {
  std::int64_t const milliseconds = by.count();
  db.run(
      "UPDATE run SET not_before_ms = max(not_before_ms + ?, 1)"
      " WHERE not_before_ms > 0 AND state IN ('queued', 'retry_wait', 'held')",
      milliseconds);
  db.run("UPDATE pipeline SET hold_until_ms = hold_until_ms + ? WHERE hold_until_ms IS NOT NULL", milliseconds);
}

std::int64_t end_holds(sql::Connection& db, domain::Reason reason, core::Wall now) {
  std::string const name(domain::to_string(reason));
  db.run("UPDATE run SET not_before_ms = ?1 WHERE state = 'held' AND reason = ?2 AND not_before_ms > ?1",
         core::to_ms(now), name);
  return db.run("UPDATE pipeline SET hold_until_ms = ?1 WHERE hold_reason = ?2 AND hold_until_ms > ?1",
                core::to_ms(now), name);
}

}  // namespace store
