#include "store/read_revisions.hpp"

#include <map>

#include "store/transitions.hpp"

namespace store {
namespace {

std::optional<core::Wall> time_at(sql::Row const& row, int column) {
  auto const ms = row.optional_integer(column);
  return ms ? std::optional(core::from_ms(*ms)) : std::nullopt;
}

}  // namespace

std::vector<RevisionSummary> list_revisions(sql::Connection& db, std::string const& pipeline, std::size_t limit) {
  std::map<std::int64_t, std::int64_t> runs;
  db.each(
      "SELECT revision_id, count(*) FROM (SELECT r.revision_id FROM run r WHERE r.pipeline_id ="
      " (SELECT pipeline_id FROM pipeline WHERE name = ?) ORDER BY r.run_no DESC LIMIT 20000)"
      " WHERE revision_id IS NOT NULL GROUP BY revision_id",
      [&runs](sql::Row const& row) { runs[row.integer(0)] = row.integer(1); }, pipeline);
  std::vector<RevisionSummary> list;
  db.each(
      "SELECT v.revision_id, v.number, v.sha256, v.registered_ms FROM pipeline p JOIN revision v USING(pipeline_id)"
      " WHERE p.name = ? ORDER BY v.number DESC LIMIT ?",
      [&](sql::Row const& row) {
        list.push_back({row.integer(1), row.text(2), core::from_ms(row.integer(3)), runs[row.integer(0)]});
      },
      pipeline, static_cast<std::int64_t>(limit));
  return list;
}

std::optional<RevisionDetail> find_revision(sql::Connection& db, std::string const& pipeline, std::int64_t number) {
  return db.first(
      "SELECT v.number, v.yaml, v.spec, v.registered_ms FROM pipeline p JOIN revision v USING(pipeline_id)"
      " WHERE p.name = ?1 AND CASE WHEN ?2 = 0 THEN v.revision_id = p.revision_id ELSE v.number = ?2 END",
      [](sql::Row const& row) {
        return RevisionDetail{row.integer(0), row.text(1), row.text(2), core::from_ms(row.integer(3))};
      },
      pipeline, number);
}

std::vector<RecentRun> recent_runs(sql::Connection& db, PipelineId pipeline, std::size_t limit) {
  std::vector<RecentRun> runs;
  db.each(
      "SELECT run_no, run_id, state, started_ms, finished_ms FROM run WHERE pipeline_id = ? ORDER BY run_no DESC LIMIT "
      "?",
      [&runs](sql::Row const& row) {
        runs.push_back({{row.integer(0)}, row.text(1), state_of(row.text(2)), time_at(row, 3), time_at(row, 4)});
      },
      pipeline.value, static_cast<std::int64_t>(limit));
  return runs;
}

}  // namespace store
