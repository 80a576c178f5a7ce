#include "store/transitions.hpp"

#include "core/result.hpp"

namespace store {
namespace {

using domain::RunState;

bool has_stage(RunState state) {
  return !domain::is_end(state) && state != RunState::held;
}

[[noreturn]] void unknown(std::string const& text) {
  throw core::Failure({core::Errc::corrupt, "unknown name in the database", text, "it was written by a newer version"});
}

}  // namespace

RunState state_of(std::string const& text) {
  auto const state = domain::parse_run_state(text);
  if (!state) unknown(text);
  return *state;
}

domain::Reason reason_of(std::string const& text) {
  auto const reason = domain::parse_reason(text);
  if (!reason) unknown(text);
  return *reason;
}

bool Transitions::move(RunNo no, RunState from, RunState to, domain::Reason reason, std::string_view detail) {
  auto const mark = db_.first(
      "UPDATE run SET state = ?3, reason = ?4, detail = nullif(?5, ''),"
      " started_ms = CASE WHEN ?3 = 'running' THEN coalesce(started_ms, ?6) ELSE started_ms END,"
      " finished_ms = CASE WHEN ?7 THEN ?6 END"
      " WHERE run_no = ?1 AND state = ?2 RETURNING pipeline_id, attempts",
      [no](sql::Row const& row) {
        return RunMark{no, {row.integer(0)}, row.integer(1)};
      },
      no.value, domain::to_string(from), domain::to_string(to), domain::to_string(reason), detail, core::to_ms(now_),
      domain::is_end(to));
  if (!mark) return false;
  moved(*mark, from, to);
  return true;
}

void Transitions::entered(RunMark const& run, RunState to) {
  ++counts_[{run.pipeline, to}];
  auto const now = core::to_ms(now_);
  // A stage that is entered again (an image that came at the second try) begins so much earlier as it took before:
  // what lay between, such as the time in `held`, is not counted.
  if (has_stage(to))
    db_.run(
        "INSERT INTO stage(run_no, attempt, name, began_ms) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET began_ms = excluded.began_ms - (ended_ms - began_ms), ended_ms = NULL"
        " WHERE ended_ms IS NOT NULL",
        run.no.value, run.attempts, domain::to_string(to), now);
  auto const state = domain::to_string(to);
  db_.run("INSERT INTO feed(seq, at_ms, event, run_no, pipeline_id, state) VALUES (?, ?, ?, ?, ?, ?)",
          counters_.next(Counter::feed), now, "run." + std::string(state), run.no.value, run.pipeline.value, state);
}

void Transitions::moved(RunMark const& run, RunState from, RunState to) {
  --counts_[{run.pipeline, from}];
  // By run alone: the attempt number may have risen since the stage was opened.
  if (has_stage(from))
    db_.run("UPDATE stage SET ended_ms = ? WHERE run_no = ? AND ended_ms IS NULL", core::to_ms(now_), run.no.value);
  entered(run, to);
}

void Transitions::save() {
  counters_.save();
  for (auto const& [of, change] : counts_)
    if (change != 0)
      db_.run(
          "INSERT INTO run_count(pipeline_id, state, runs) VALUES (?, ?, ?)"
          " ON CONFLICT DO UPDATE SET runs = runs + excluded.runs",
          of.first.value, domain::to_string(of.second), change);
  counts_.clear();
}

}  // namespace store
