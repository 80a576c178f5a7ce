#include "store/plain_attempts.hpp"

namespace store {

PlainAttempt load_plain_attempt(sql::Connection& db, RunNo no, std::int64_t attempt) {
  auto const found = db.first(
      "SELECT engine, running_boot, coalesce(running_mono_ms, 0), timed_out_ms FROM attempt"
      " WHERE run_no = ? AND attempt = ?",
      [](sql::Row const& row) {
        PlainAttempt plain;
        plain.engine = row.text_or_empty(0);
        plain.running = {row.text_or_empty(1), std::chrono::milliseconds(row.integer(2))};
        plain.timed_out = !row.is_null(3);
        return plain;
      },
      no.value, attempt);
  return found.value_or(PlainAttempt());
}

void set_attempt_engine(sql::Connection& db, RunNo no, std::int64_t attempt, std::string const& engine) {
  db.run("UPDATE attempt SET engine = ? WHERE run_no = ? AND attempt = ?", engine, no.value, attempt);
}

void set_running_since(sql::Connection& db, RunNo no, std::int64_t attempt, domain::RunningSince const& since) {
  db.run(
      "UPDATE attempt SET running_boot = ?, running_mono_ms = ? WHERE run_no = ? AND attempt = ? AND running_boot IS "
      "NULL",
      since.boot, std::int64_t{since.at.count()}, no.value, attempt);
}

void set_attempt_timed_out(sql::Connection& db, RunNo no, std::int64_t attempt, core::Wall now) {
  db.run("UPDATE attempt SET timed_out_ms = coalesce(timed_out_ms, ?) WHERE run_no = ? AND attempt = ?",
         core::to_ms(now), no.value, attempt);
}

}  // namespace store
