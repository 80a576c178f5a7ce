#include "store/runs.hpp"
#include "store/transitions.hpp"

namespace store {
namespace {

using domain::Reason;
using domain::RunState;
using domain::Step;

Step step_of(std::string const& text) {
  auto const step = domain::parse_step(text);
  if (!step) throw core::Failure({core::Errc::corrupt, "unknown step in the database", text, {}});
  return *step;
}

AttemptRow attempt_row(sql::Row const& row) {
  AttemptRow attempt;
  attempt.run = {row.integer(0)};
  attempt.number = row.integer(1);
  attempt.step = step_of(row.text(2));
  attempt.container_name = row.text(3);
  attempt.container_id = row.text_or_empty(4);
  attempt.create_body = row.text(5);
  attempt.create_sha256 = row.text(6);
  if (auto const outcome = row.optional_text(7)) attempt.outcome = state_of(*outcome);
  if (auto const reason = row.optional_text(8)) attempt.reason = reason_of(*reason);
  attempt.created = core::from_ms(row.integer(9));
  if (auto const at = row.optional_integer(10)) attempt.started = core::from_ms(*at);
  if (auto const at = row.optional_integer(11)) attempt.exited = core::from_ms(*at);
  return attempt;
}

}  // namespace

std::optional<AttemptRow> load_attempt(sql::Connection& db, RunNo no, std::int64_t number) {
  return db.first(
      "SELECT run_no, attempt, step, container_name, container_id, create_body, create_sha256, outcome, reason,"
      " created_ms, started_ms, exited_ms FROM attempt WHERE run_no = ? AND attempt = ?",
      attempt_row, no.value, number);
}

std::vector<RunNo> unfinished_runs(sql::Connection& db) {
  std::vector<RunNo> runs;
  db.each(
      "SELECT run_no FROM run WHERE state IN ('pulling', 'starting', 'running', 'collecting')"
      " UNION SELECT run_no FROM attempt WHERE step <> 'removed' ORDER BY run_no",
      [&runs](sql::Row const& row) { runs.push_back({row.integer(0)}); });
  return runs;
}

bool open_attempt(sql::Connection& db, AttemptRow const& attempt, core::Wall now) {
  Transitions transitions(db, now);
  db.run("UPDATE run SET attempts = ? WHERE run_no = ? AND state = 'pulling'", attempt.number, attempt.run.value);
  if (!transitions.move(attempt.run, RunState::pulling, RunState::starting, Reason::none, {})) return false;
  transitions.save();
  // A number comes again only where its container was never made: a fault of the engine costs no attempt.
  auto const written = db.run(
      "INSERT INTO attempt(run_no, attempt, step, container_name, create_body, create_sha256, created_ms)"
      " VALUES (?1, ?2, 'creating', ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET step = 'creating', container_name = ?3,"
      " create_body = ?4, create_sha256 = ?5, created_ms = ?6, removed_ms = NULL"
      " WHERE container_id IS NULL AND outcome IS NULL",
      attempt.run.value, attempt.number, attempt.container_name, attempt.create_body, attempt.create_sha256,
      core::to_ms(now));
  if (written != 1)
    throw core::Failure({core::Errc::conflict,
                         "attempt " + std::to_string(attempt.number) + " was made already",
                         attempt.container_name,
                         {}});
  return true;
}

void withdraw_attempt(sql::Connection& db, RunNo no, std::int64_t attempt) {
  auto const gone = db.run(
      "DELETE FROM attempt WHERE run_no = ? AND attempt = ? AND step IN ('creating', 'created', 'starting')"
      " AND outcome IS NULL",
      no.value, attempt);
  if (gone == 1) db.run("UPDATE run SET attempts = attempts - 1 WHERE run_no = ? AND attempts = ?", no.value, attempt);
}

void set_step(sql::Connection& db, RunNo no, std::int64_t attempt, Step step, std::string const& container_id,
              core::Wall now) {
  db.run("UPDATE attempt SET container_id = ?1 WHERE ?1 <> '' AND run_no = ?2 AND attempt = ?3", container_id, no.value,
         attempt);
  auto const known = db.first(
      "SELECT step FROM attempt WHERE run_no = ? AND attempt = ?",
      [](sql::Row const& row) { return step_of(row.text(0)); }, no.value, attempt);
  if (!known || *known >= step) return;
  db.run(
      "UPDATE attempt SET step = ?1,"
      " started_ms = CASE WHEN ?1 = 'running' THEN coalesce(started_ms, ?2) ELSE started_ms END,"
      " exited_ms = CASE WHEN ?1 = 'exited' THEN coalesce(exited_ms, ?2) ELSE exited_ms END,"
      " removed_ms = CASE WHEN ?1 = 'removed' THEN ?2 ELSE removed_ms END WHERE run_no = ?3 AND attempt = ?4",
      domain::to_string(step), core::to_ms(now), no.value, attempt);
}

void write_attempt_end(sql::Connection& db, RunNo no, std::int64_t attempt, AttemptEnd const& end) {
  // A command of a few milliseconds ends, by the engine's clock, before the answer to its start is noted.
  db.run(
      "UPDATE attempt SET outcome = ?, reason = ?, detail = nullif(?, ''), exit_code = ?, signal = ?, oom_killed = ?,"
      " log_suspect = ?, max_rss_bytes = coalesce(?, max_rss_bytes), cpu_ms = coalesce(?, cpu_ms),"
      " exited_ms = coalesce(max(?, coalesce(started_ms, 0)), exited_ms) WHERE run_no = ? AND attempt = ?",
      domain::to_string(end.outcome), domain::to_string(end.reason), end.detail, end.exit_code, end.signal,
      end.oom_killed, end.log_suspect, end.max_rss_bytes, end.cpu_ms,
      end.exited ? std::optional(core::to_ms(*end.exited)) : std::nullopt, no.value, attempt);
}

void set_exited(sql::Connection& db, RunNo no, std::int64_t attempt, AttemptEnd const& end, core::Wall now) {
  write_attempt_end(db, no, attempt, end);
  set_step(db, no, attempt, Step::exited, {}, now);
  // A container that ended before anyone saw it run did run all the same.
  db.run(
      "UPDATE run SET started_ms = coalesce(started_ms, (SELECT coalesce(a.started_ms, a.exited_ms) FROM attempt a"
      " WHERE a.run_no = run.run_no AND a.attempt = ?2)) WHERE run_no = ?1 AND state IN ('starting', 'running')",
      no.value, attempt);
  Transitions transitions(db, now);
  if (!transitions.move(no, RunState::running, RunState::collecting, Reason::none, {}))
    (void)transitions.move(no, RunState::starting, RunState::collecting, Reason::none, {});
  transitions.save();
}

}  // namespace store
