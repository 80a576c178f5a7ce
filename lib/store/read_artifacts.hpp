#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "store/read_models.hpp"

/// Published files, and what is newest of each pipeline. Reader thread.
namespace store {

/// A file that a run left, and whose it is.
struct StoredArtifact {
  ArtifactRow row;
  RunNo run;
  std::string run_id, pipeline;
  std::int64_t attempt = 0;
  std::optional<core::Wall> made;  ///< when its run ended
};
/// By its name (bytes); attempt 0: the run's last one.
[[nodiscard]] std::optional<StoredArtifact> find_artifact(sql::Connection& db, std::string const& run_id,
                                                          std::int64_t attempt, std::string const& name);

/// The newest good run of a pipeline, by its data (seq), then by run_no: what /latest shows.
struct LatestRun {
  RunSummary run;
  std::optional<core::Wall> data_at;  ///< of its first input
  std::vector<OutputRow> outputs;
  std::vector<ArtifactDetail> artifacts;  ///< of its last attempt
  std::string spec;                       ///< of its revision, JSON
  /// The newest run on newer data than that, good or not; nullopt: there is none.
  std::optional<RunSummary> newer;
};
/// `at`: as it was then, by the time at which results were published. `having`: only runs that left this artifact, of
/// the newest thousand good ones. nullopt: none.
[[nodiscard]] std::optional<LatestRun> latest_run(sql::Connection& db, std::string const& pipeline,
                                                  std::optional<core::Wall> at = {}, std::string const& having = {});

}  // namespace store
