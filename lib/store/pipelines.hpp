#pragma once

#include <cstdint>
#include <map>
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
  bool paused_with_all = false;  ///< not by itself: all pipelines are paused
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
/// Since when the pipeline has watched each of the roots of its current revision: what it is not to take for new there.
/// That is when its file was first seen, or, for a root that a later revision brought, when that one was registered.
[[nodiscard]] std::map<std::string, core::Wall> watched_since(sql::Connection& db, PipelineRow const& pipeline);
[[nodiscard]] std::optional<std::string> revision_spec(sql::Connection& db, RevisionId revision);

/// A fault of image, registry, engine or disk holds the pipeline: nothing of it starts before `until`.
void hold_pipeline(sql::Connection& db, PipelineId pipeline, domain::Reason reason, std::string const& detail,
                   core::Wall until);
void release_pipeline(sql::Connection& db, PipelineId pipeline, std::optional<domain::Reason> but = {});

/// Nothing of the pipeline starts any more until resume_pipeline(); what has started goes on. A second pause keeps the
/// first one's time and name.
void pause_pipeline(sql::Connection& db, PipelineId pipeline, std::string const& by, core::Wall now);
void resume_pipeline(sql::Connection& db, PipelineId pipeline);
/// The same for all pipelines, those that come later too. What was paused by itself stays so when all are resumed.
void pause_all(sql::Connection& db, std::string const& by, core::Wall now);
void resume_all(sql::Connection& db);
struct AllPaused {
  core::Wall since{};
  std::string by;
};
[[nodiscard]] std::optional<AllPaused> all_paused(sql::Connection& db);

}  // namespace store
