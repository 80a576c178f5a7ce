#include <algorithm>

#include "store/pipeline_runs.hpp"
#include "store/pipelines.hpp"
#include "store/transitions.hpp"

namespace store {
namespace {

void forget_missing_files(sql::Connection& db, std::vector<std::string> const& present) {
  std::vector<std::string> gone;
  db.each("SELECT file FROM pipeline_file", [&](sql::Row const& row) {
    auto file = row.text(0);
    if (std::ranges::find(present, file) == present.end()) gone.push_back(std::move(file));
  });
  for (auto const& file : gone) db.run("DELETE FROM pipeline_file WHERE file = ?", file);
}

struct Orphan {
  PipelineId id;
  std::string name;
};

}  // namespace

core::Wall note_pipeline_file(sql::Connection& db, std::string const& file, std::string const& pipeline,
                              std::string const& sha256, std::string const& diagnostics, core::Wall now) {
  // A file that got errors so bad that its name cannot be read still belongs to the pipeline that it was.
  auto const first_seen = db.first(
      "INSERT INTO pipeline_file(file, pipeline, sha256, first_seen_ms, read_ms, diagnostics)"
      " VALUES (?1, nullif(?2, ''), ?3, ?4, ?4, nullif(?5, '')) ON CONFLICT DO UPDATE SET"
      " pipeline = coalesce(nullif(?2, ''), pipeline), sha256 = ?3, read_ms = ?4, diagnostics = nullif(?5, '')"
      " RETURNING first_seen_ms",
      [](sql::Row const& row) { return core::from_ms(row.integer(0)); }, file, pipeline, sha256, core::to_ms(now),
      diagnostics);
  return first_seen.value();
}

std::vector<std::string> retire_missing_files(sql::Connection& db, std::vector<std::string> const& files_present,
                                              core::Wall now) {
  forget_missing_files(db, files_present);
  // Also a pipeline whose file is there but names another one now.
  std::vector<Orphan> orphans;
  db.each(
      "SELECT pipeline_id, name FROM pipeline p WHERE state <> 'retired'"
      " AND NOT EXISTS (SELECT 1 FROM pipeline_file f WHERE f.pipeline = p.name) ORDER BY name",
      [&orphans](sql::Row const& row) {
        orphans.push_back({{row.integer(0)}, row.text(1)});
      });
  Transitions transitions(db, now);
  std::vector<std::string> names;
  for (auto& [id, name] : orphans) {
    db.run("UPDATE pipeline SET state = 'retired' WHERE pipeline_id = ?", id.value);
    hold_waiting_runs(transitions, id, domain::Reason::pipeline_retired);
    names.push_back(std::move(name));
  }
  transitions.save();
  return names;
}

}  // namespace store
