#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "domain/pipeline.hpp"
#include "domain/run_state.hpp"
#include "sql/connection.hpp"
#include "store/ids.hpp"

namespace store {

struct PipelineRow {
  PipelineId id;
  std::string name;
  std::string state;  ///< live disabled retired
  RevisionId revision;
  std::int64_t revision_number = 0;
  core::Wall first_seen{};
  domain::Reason hold = domain::Reason::none;
  std::string hold_detail;
  std::optional<core::Wall> hold_until;
  std::int64_t hold_count = 0;
  std::string spec;                  ///< JSON of the current revision
  std::optional<core::Wall> paused;  ///< since when nothing new starts, as somebody asked
  std::string paused_by;
};

/// Notes a file of pipelines_dir; returns when it was first seen (valid or not). `diagnostics` empty: valid.
[[nodiscard]] core::Wall note_pipeline_file(sql::Connection& db, std::string const& file, std::string const& pipeline,
                                            std::string const& sha256, std::string const& diagnostics, core::Wall now);
/// Files that are gone from the folder: forgets them and retires the pipelines that came from them alone.
/// Queued and retry_wait runs of a retired pipeline become held (pipeline_retired). Returns the names retired.
std::vector<std::string> retire_missing_files(sql::Connection& db, std::vector<std::string> const& files_present,
                                              core::Wall now);

struct Registration {
  PipelineId id;
  RevisionId revision;
  std::int64_t revision_number = 0;
  bool new_pipeline = false, new_revision = false;
  /// Not everything in the inventory has been decided for this revision yet (register_existing): it is new, or the
  /// daemon died in the middle of that.
  bool undecided = true;
};
/// Registers a revision (the same YAML again makes none) and makes it current; a retired or disabled pipeline comes
/// back and its held runs are queued again. Retyping an output column is Errc::conflict. Makes the pipeline's wide
/// views anew.
[[nodiscard]] core::Result<Registration> register_revision(sql::Connection& db, domain::PipelineSpec const& spec,
                                                           std::string const& yaml, std::string const& spec_json,
                                                           core::Wall first_seen, core::Wall now);

/// All that the inventory holds has been decided for this revision: it need not be gone through again at every start.
/// False: another revision is current by now.
bool set_decided(sql::Connection& db, PipelineId pipeline, RevisionId revision);

[[nodiscard]] std::vector<PipelineRow> list_pipelines(sql::Connection& db);
[[nodiscard]] std::optional<std::string> revision_spec(sql::Connection& db, RevisionId revision);

/// A fault of image, registry, engine or disk holds the pipeline: nothing of it starts before `until`.
void hold_pipeline(sql::Connection& db, PipelineId pipeline, domain::Reason reason, std::string const& detail,
                   core::Wall until);
void release_pipeline(sql::Connection& db, PipelineId pipeline);

/// Nothing of the pipeline starts any more until resume_pipeline(); what has started goes on. A second pause keeps the
/// first one's time and name.
void pause_pipeline(sql::Connection& db, PipelineId pipeline, std::string const& by, core::Wall now);
void resume_pipeline(sql::Connection& db, PipelineId pipeline);

}  // namespace store
