#include <algorithm>

#include "store/pipelines.hpp"
#include "store/runs.hpp"
#include "store/transitions.hpp"

namespace store {
namespace {

using domain::Reason;
using domain::RunState;

/// The pipeline's current revision and what it decides are taken at the next claim; a revision that was asked for
/// stays.
void unbind_revision(sql::Connection& db, RunNo no) {
  auto const unbound = db.run(
      "UPDATE run SET revision_id = NULL, image = NULL, image_id = NULL, image_digest = NULL"
      " WHERE run_no = ? AND attempts = 0 AND NOT revision_given",
      no.value);
  if (unbound == 1) db.run("DELETE FROM run_param WHERE run_no = ? AND origin = 'default'", no.value);
}

}  // namespace

std::vector<PipelineId> live_pipelines(sql::Connection& db) {
  std::vector<PipelineId> live;
  db.each("SELECT pipeline_id FROM pipeline WHERE state = 'live'",
          [&live](sql::Row const& row) { live.push_back({row.integer(0)}); });
  return live;
}

std::vector<PipelineId> open_pipelines(sql::Connection& db, core::Wall now, std::vector<PipelineId> const& full) {
  std::vector<PipelineId> open;
  if (all_paused(db)) return open;
  db.each(
      "SELECT pipeline_id FROM pipeline WHERE state = 'live' AND paused_ms IS NULL AND coalesce(hold_until_ms, 0) <= ?",
      [&](sql::Row const& row) {
        PipelineId const id{row.integer(0)};
        if (std::ranges::find(full, id) == full.end()) open.push_back(id);
      },
      core::to_ms(now));
  return open;
}

std::vector<Startable> startable_of(sql::Connection& db, PipelineId pipeline, core::Wall now, std::size_t limit) {
  std::vector<Startable> runs;
  db.each(
      "SELECT run_no, state, place, EXISTS(SELECT 1 FROM run_input i WHERE i.run_no = run.run_no AND i.etag NOT NULL),"
      " key FROM run WHERE pipeline_id = ? AND state IN ('queued', 'retry_wait')"
      " AND not_before_ms <= ? ORDER BY place LIMIT ?",
      [&](sql::Row const& row) {
        runs.push_back({{row.integer(0)},
                        pipeline,
                        state_of(row.text(1)),
                        row.integer(2),
                        row.boolean(3),
                        row.optional_blob(4).value_or("")});
      },
      pipeline.value, core::to_ms(now), static_cast<std::int64_t>(limit));
  return runs;
}

// Pipeline by pipeline, so that a full one with a long queue costs nothing.
std::vector<Startable> startable_runs(sql::Connection& db, core::Wall now, std::vector<PipelineId> const& full,
                                      std::size_t limit) {
  std::vector<Startable> runs;
  for (auto const pipeline : open_pipelines(db, now, full))
    for (auto const& run : startable_of(db, pipeline, now, limit)) runs.push_back(run);
  std::ranges::sort(runs, {}, [](Startable const& each) { return std::pair(each.place, each.no); });
  return runs;
}

std::optional<core::Wall> next_due(sql::Connection& db, core::Wall now) {
  // INDEXED BY: else the planner takes the states' index and goes through it row by row.
  auto const at = db.integer(
      "SELECT min(due) FROM ("
      "SELECT min(not_before_ms) AS due FROM run INDEXED BY run_due"
      " WHERE not_before_ms > 0 AND state IN ('queued', 'retry_wait', 'held') AND not_before_ms > ?1"
      " UNION ALL SELECT min(hold_until_ms) FROM pipeline WHERE state = 'live' AND hold_until_ms > ?1)",
      core::to_ms(now));
  return at ? std::optional(core::from_ms(*at)) : std::nullopt;
}

std::size_t requeue_due_held(sql::Connection& db, core::Wall now) {
  std::vector<RunNo> due;
  db.each(
      "SELECT run_no FROM run INDEXED BY run_due WHERE not_before_ms > 0 AND state IN ('queued', 'retry_wait', 'held')"
      " AND not_before_ms <= ? AND state = 'held' AND reason NOT IN ('pipeline_retired', 'pipeline_disabled')"
      " ORDER BY run_no",
      [&due](sql::Row const& row) { due.push_back({row.integer(0)}); }, core::to_ms(now));
  Transitions transitions(db, now);
  for (auto const no : due) (void)transitions.move(no, RunState::held, RunState::queued, Reason::none, {});
  transitions.save();
  return due.size();
}

bool move_run(sql::Connection& db, RunNo no, RunState from, RunState to, Reason reason, std::string const& detail,
              core::Wall now) {
  Transitions transitions(db, now);
  bool const moved = transitions.move(no, from, to, reason, detail);
  transitions.save();
  return moved;
}

std::optional<RunRow> claim_run(sql::Connection& db, RunNo no, core::Wall now) {
  Transitions transitions(db, now);
  bool const claimed = transitions.move(no, RunState::queued, RunState::pulling, Reason::none, {}) ||
                       transitions.move(no, RunState::retry_wait, RunState::pulling, Reason::none, {});
  if (!claimed) return std::nullopt;
  db.run(
      "UPDATE run SET not_before_ms = 0, revision_id = coalesce(revision_id,"
      " (SELECT p.revision_id FROM pipeline p WHERE p.pipeline_id = run.pipeline_id)) WHERE run_no = ?",
      no.value);
  transitions.save();
  return load_run(db, no);
}

bool requeue_run(sql::Connection& db, RunNo no, RunState to, Reason reason, std::string const& detail,
                 core::Wall not_before, core::Wall now) {
  auto const from = db.first(
      "SELECT state FROM run WHERE run_no = ?", [](sql::Row const& row) { return state_of(row.text(0)); }, no.value);
  if (!from || !domain::is_active(*from)) return false;
  Transitions transitions(db, now);
  if (!transitions.move(no, *from, to, reason, detail)) return false;
  db.run("UPDATE run SET not_before_ms = ? WHERE run_no = ?", core::to_ms(not_before), no.value);
  if (to != RunState::retry_wait) unbind_revision(db, no);
  transitions.save();
  return true;
}

std::optional<RunState> request_cancel(sql::Connection& db, RunNo no, core::Wall now) {
  auto const state = db.first(
      "UPDATE run SET cancel_ms = CASE WHEN finished_ms IS NULL THEN coalesce(cancel_ms, ?2) ELSE cancel_ms END"
      " WHERE run_no = ?1 RETURNING state",
      [](sql::Row const& row) { return state_of(row.text(0)); }, no.value, core::to_ms(now));
  bool const waits = state == RunState::queued || state == RunState::held || state == RunState::retry_wait;
  if (!waits) return state;
  Transitions transitions(db, now);
  (void)transitions.move(no, *state, RunState::cancelled, Reason::cancelled_by_user, {});
  transitions.save();
  return RunState::cancelled;
}

bool cancel_for_newer(sql::Connection& db, RunNo no, RunNo newer, core::Wall now) {
  return db.run(
             "UPDATE run SET cancel_ms = ?3, replaced_by = ?2 WHERE run_no = ?1 AND finished_ms IS NULL"
             " AND cancel_ms IS NULL AND EXISTS(SELECT 1 FROM run n WHERE n.run_no = ?2 AND n.source_id = run.source_id"
             " AND n.key = run.key AND n.seq > run.seq)",
             no.value, newer.value, core::to_ms(now)) == 1;
}

}  // namespace store
