#include "store/display.hpp"
#include "store/runs.hpp"
#include "store/transitions.hpp"
#include "store/value_columns.hpp"

namespace store {
namespace {

using domain::RunState;
using sql::Blob;

void insert_outputs(sql::Connection& db, RunNo no, std::vector<OutputRow> const& outputs) {
  for (auto const& output : outputs) {
    auto const value = bound(output.value);
    db.run("INSERT INTO run_output(run_no, name, type, value, unit) VALUES (?, ?, ?, coalesce(?, ?, ?), nullif(?, ''))",
           no.value, output.name, domain::to_string(output.type), value.integer, value.real, value.text, output.unit);
  }
}

void insert_artifacts(sql::Connection& db, RunNo no, std::int64_t attempt, std::vector<ArtifactRow> const& artifacts) {
  for (auto const& artifact : artifacts)
    db.run(
        "INSERT INTO artifact(run_no, attempt, name, name_text, role, media_type, size, sha256, path)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        no.value, attempt, Blob{artifact.name}, display_text(artifact.name), domain::to_string(artifact.role),
        artifact.media_type, artifact.size, sql::blob(artifact.sha256), artifact.path);
}

/// Leaves one good run of the item unreplaced: the newest by the data (seq), then by run_no. Without an item it is the
/// pipeline's newest; a file outside every source is an item of its own.
void replace_older_result(sql::Connection& db, RunNo no) {
  std::optional<std::int64_t> newest;
  db.each(
      "SELECT b.run_no FROM run a JOIN run b ON b.pipeline_id = a.pipeline_id AND b.source_id IS a.source_id"
      " AND b.key IS a.key AND b.state = 'succeeded' AND b.replaced_by IS NULL"
      " WHERE a.run_no = ? ORDER BY b.seq DESC, b.run_no DESC",
      [&](sql::Row const& row) {
        if (!newest) newest = row.integer(0);
      },
      no.value);
  if (!newest) return;
  db.run(
      "UPDATE run SET replaced_by = ?1 FROM"
      " (SELECT pipeline_id AS p, source_id AS s, key AS k FROM run WHERE run_no = ?1)"
      " WHERE pipeline_id = p AND source_id IS s AND key IS k AND state = 'succeeded' AND replaced_by IS NULL"
      " AND run_no <> ?1",
      *newest);
}

RunState active_state(sql::Connection& db, RunNo no) {
  auto const state = db.first(
      "SELECT state FROM run WHERE run_no = ?", [](sql::Row const& row) { return state_of(row.text(0)); }, no.value);
  if (state && domain::is_active(*state)) return *state;
  throw core::Failure({core::Errc::conflict,
                       state ? "the run has ended or waits again already" : "no such run",
                       "run " + std::to_string(no.value),
                       {}});
}

}  // namespace

void publish(sql::Connection& db, RunNo no, std::int64_t attempt, AttemptEnd const& end, RunState final_state,
             std::vector<OutputRow> const& outputs, std::vector<ArtifactRow> const& artifacts, core::Wall not_before,
             core::Wall now) {
  auto const from = active_state(db, no);
  write_attempt_end(db, no, attempt, end);
  set_step(db, no, attempt, domain::Step::collected, {}, now);
  bool const waits = final_state == RunState::retry_wait;
  db.run(
      "UPDATE run SET exit_code = ?, oom_killed = ?, max_rss_bytes = ?, cpu_ms = ?, not_before_ms = ? WHERE run_no = ?",
      end.exit_code, end.oom_killed, end.max_rss_bytes, end.cpu_ms, waits ? core::to_ms(not_before) : 0, no.value);
  if (final_state == RunState::succeeded) insert_outputs(db, no, outputs);
  insert_artifacts(db, no, attempt, artifacts);
  Transitions transitions(db, now);
  if (!transitions.move(no, from, final_state, end.reason, end.detail))
    throw core::Failure({core::Errc::internal, "the run moved meanwhile", "run " + std::to_string(no.value), {}});
  transitions.save();
  if (final_state == RunState::succeeded) replace_older_result(db, no);
}

}  // namespace store
