#include "store/read_artifacts.hpp"

#include "store/transitions.hpp"

namespace store {
namespace {

using sql::Blob;

constexpr std::int64_t most_looked_at = 1000;  ///< good runs, for one that has the artifact

struct Newest {
  RunNo no;
  std::int64_t seq = 0;
};

std::optional<Newest> newest_good(sql::Connection& db, std::int64_t pipeline, std::int64_t until,
                                  std::string const& having) {
  auto const row = [](sql::Row const& found) { return Newest{{found.integer(0)}, found.integer(1)}; };
  if (having.empty())
    return db.first(
        "SELECT run_no, seq FROM run WHERE pipeline_id = ? AND state = 'succeeded' AND finished_ms <= ?"
        " ORDER BY seq DESC, run_no DESC LIMIT 1",
        row, pipeline, until);
  return db.first(
      "SELECT r.run_no, r.seq FROM (SELECT run_no, seq, attempts FROM run WHERE pipeline_id = ?1"
      " AND state = 'succeeded' AND finished_ms <= ?2 ORDER BY seq DESC, run_no DESC LIMIT ?4) r"
      " WHERE EXISTS(SELECT 1 FROM artifact a WHERE a.run_no = r.run_no AND a.attempt = r.attempts AND a.name = ?3)"
      " ORDER BY r.seq DESC, r.run_no DESC LIMIT 1",
      row, pipeline, until, Blob{having}, most_looked_at);
}

/// Of the newest few: a long queue of older data does not hide it, and nothing is searched.
std::optional<RunSummary> newer_than(sql::Connection& db, std::string const& pipeline, std::int64_t seq) {
  RunFilter filter;
  filter.pipeline = pipeline;
  filter.limit = 20;
  for (auto& run : list_runs(db, filter))
    if (run.seq > seq && run.state != domain::RunState::outdated) return std::move(run);
  return std::nullopt;
}

}  // namespace

std::optional<StoredArtifact> find_artifact(sql::Connection& db, std::string const& run_id, std::int64_t attempt,
                                            std::string const& name) {
  return db.first(
      "SELECT a.name, a.media_type, a.size, a.sha256, a.path, r.run_no, r.run_id, p.name, a.attempt, r.finished_ms"
      " FROM run r JOIN pipeline p USING(pipeline_id) JOIN artifact a ON a.run_no = r.run_no"
      " AND a.attempt = CASE WHEN ?2 > 0 THEN ?2 ELSE r.attempts END WHERE r.run_id = ?1 AND a.name = ?3",
      [](sql::Row const& row) {
        StoredArtifact found;
        found.row.name = row.blob(0);
        found.row.media_type = row.text(1);
        found.row.size = row.integer(2);
        auto const hash = row.blob(3);
        std::copy_n(hash.begin(), std::min(hash.size(), found.row.sha256.size()), found.row.sha256.begin());
        found.row.path = row.text(4);
        found.run = {row.integer(5)};
        found.run_id = row.text(6);
        found.pipeline = row.text(7);
        found.attempt = row.integer(8);
        if (auto const ms = row.optional_integer(9)) found.made = core::from_ms(*ms);
        return found;
      },
      run_id, attempt, Blob{name});
}

std::optional<LatestRun> latest_run(sql::Connection& db, std::string const& pipeline, std::optional<core::Wall> at,
                                    std::string const& having) {
  auto const id = db.integer("SELECT pipeline_id FROM pipeline WHERE name = ?", pipeline);
  auto const found = id ? newest_good(db, *id, at ? core::to_ms(*at) : INT64_MAX, having) : std::nullopt;
  auto detail = found ? run_detail(db, found->no) : std::nullopt;
  if (!detail) return std::nullopt;
  LatestRun latest;
  latest.run = std::move(detail->run);
  auto const last = latest.run.attempts;
  for (auto& artifact : detail->artifacts)
    if (artifact.attempt == last) latest.artifacts.push_back(std::move(artifact));
  latest.outputs = std::move(detail->outputs);
  auto const data = db.integer("SELECT mtime_ns FROM run_input WHERE run_no = ? AND position = 0", found->no.value);
  if (data) latest.data_at = core::from_ms(*data / 1'000'000);
  latest.spec = db.first(
                      "SELECT v.spec FROM run r JOIN revision v USING(revision_id) WHERE r.run_no = ?",
                      [](sql::Row const& row) { return row.text(0); }, found->no.value)
                    .value_or("{}");
  if (!at) latest.newer = newer_than(db, pipeline, found->seq);
  return latest;
}

}  // namespace store
