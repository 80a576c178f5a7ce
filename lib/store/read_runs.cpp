#include "domain/pipeline.hpp"
#include "store/read_models.hpp"
#include "store/run_rows.hpp"
#include "store/transitions.hpp"
#include "store/value_columns.hpp"
#include "store/version_columns.hpp"

namespace store {
namespace {

std::optional<core::Wall> time_at(sql::Row const& row, int column) {
  auto const ms = row.optional_integer(column);
  return ms ? std::optional(core::from_ms(*ms)) : std::nullopt;
}

AttemptDetail attempt_row(sql::Row const& row) {
  AttemptDetail attempt;
  attempt.number = row.integer(0);
  attempt.step = row.text(1);
  attempt.container_name = row.text(2);
  attempt.container_id = row.text_or_empty(3);
  attempt.outcome = row.text_or_empty(4);
  attempt.reason = row.text_or_empty(5);
  attempt.detail = row.text_or_empty(6);
  attempt.exit_code = row.optional_integer(7);
  attempt.signal = row.optional_integer(8);
  attempt.oom_killed = row.boolean(9);
  attempt.max_rss_bytes = row.optional_integer(10);
  attempt.cpu_ms = row.optional_integer(11);
  attempt.created = core::from_ms(row.integer(12));
  attempt.started = time_at(row, 13);
  attempt.exited = time_at(row, 14);
  attempt.removed = time_at(row, 15);
  attempt.log_suspect = row.boolean(16);
  return attempt;
}

domain::ArtifactRole role_of(std::string const& text) {
  using enum domain::ArtifactRole;
  for (auto const role : {report, plot, table, summary, file})
    if (domain::to_string(role) == text) return role;
  throw core::Failure({core::Errc::corrupt, "unknown role in the database", text, {}});
}

ArtifactDetail artifact_row(sql::Row const& row) {
  ArtifactDetail detail;
  detail.attempt = row.integer(0);
  auto& artifact = detail.artifact;
  artifact.name = row.blob(1);
  artifact.role = role_of(row.text(2));
  artifact.media_type = row.text(3);
  artifact.size = row.integer(4);
  artifact.sha256 = hash_at(row, 5).value();
  artifact.path = row.text(6);
  return detail;
}

void load_steps(sql::Connection& db, RunDetail& detail, std::int64_t no) {
  db.each(
      "SELECT attempt, step, container_name, container_id, outcome, reason, detail, exit_code, signal, oom_killed,"
      " max_rss_bytes, cpu_ms, created_ms, started_ms, exited_ms, removed_ms, log_suspect FROM attempt WHERE run_no = ?"
      " ORDER BY attempt",
      [&](sql::Row const& row) { detail.attempts.push_back(attempt_row(row)); }, no);
  db.each(
      "SELECT attempt, name, began_ms, ended_ms FROM stage WHERE run_no = ?"
      " ORDER BY began_ms, attempt, ended_ms IS NULL, ended_ms",
      [&](sql::Row const& row) {
        detail.stages.push_back({row.integer(0), row.text(1), core::from_ms(row.integer(2)), time_at(row, 3)});
      },
      no);
}

void load_results(sql::Connection& db, RunDetail& detail, std::int64_t no) {
  db.each(
      "SELECT name, type, value, unit FROM run_output WHERE run_no = ? ORDER BY name",
      [&](sql::Row const& row) {
        auto const type = value_type_of(row.text(1));
        detail.outputs.push_back({row.text(0), type, value_at(row, 2, type), row.text_or_empty(3)});
      },
      no);
  db.each(
      "SELECT attempt, name, role, media_type, size, sha256, path FROM artifact WHERE run_no = ?"
      " ORDER BY attempt, name",
      [&](sql::Row const& row) { detail.artifacts.push_back(artifact_row(row)); }, no);
}

}  // namespace

std::vector<RunSummary> list_runs(sql::Connection& db, RunFilter const& filter) {
  // Only conditions that are asked for stand in the text, so that each combination has a plan of its own.
  std::string sql(summary_columns());
  sql += " WHERE r.run_no < ?1";
  sql += filter.pipeline.empty() ? " AND ?2 = ''"
                                 : " AND r.pipeline_id = (SELECT pipeline_id FROM pipeline WHERE name = ?2)";
  sql += filter.state ? " AND r.state = ?3" : " AND ?3 IS NULL";
  sql += " ORDER BY r.run_no DESC LIMIT ?4";
  std::vector<RunSummary> runs;
  db.each(
      sql, [&runs](sql::Row const& row) { runs.push_back(summary_row(row)); },
      filter.before ? filter.before->value : INT64_MAX, filter.pipeline,
      filter.state ? std::optional(domain::to_string(*filter.state)) : std::nullopt,
      static_cast<std::int64_t>(filter.limit));
  return runs;
}

std::optional<RunDetail> run_detail(sql::Connection& db, RunNo no) {
  auto run = db.first(std::string(summary_columns()) + " WHERE r.run_no = ?", summary_row, no.value);
  auto row = load_run(db, no);
  if (!run || !row) return std::nullopt;
  RunDetail detail;
  detail.run = std::move(*run);
  detail.inputs = std::move(row->inputs);
  detail.params = std::move(row->params);
  load_steps(db, detail, no.value);
  load_results(db, detail, no.value);
  return detail;
}

}  // namespace store
