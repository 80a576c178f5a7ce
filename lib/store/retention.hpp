#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "sql/connection.hpp"
#include "store/ids.hpp"

/// What ended runs left on the disk, and what of it is to be kept. The rows of runs themselves are never removed.
namespace store {

enum class LeftoverKind : std::uint8_t { log, artifacts };

/// An ended run that still has its log, or its artifacts.
struct LeftoverRow {
  RunNo no;
  std::string id;
  PipelineId pipeline;
  std::string pipeline_name;
  core::Wall finished{};
  std::int64_t attempts = 0;
  bool pinned = false;
  std::int64_t bytes = 0;  ///< of the artifacts; 0 for logs, whose files alone know
};
/// Behind which run to go on.
struct LeftoverCursor {
  core::Wall finished{};
  RunNo no;
};
/// The oldest first, of those that ended before `before`.
[[nodiscard]] std::vector<LeftoverRow> find_leftovers(sql::Connection& db, LeftoverKind kind,
                                                      std::optional<LeftoverCursor> const& after, core::Wall before,
                                                      std::size_t limit);
/// The newest good runs of a pipeline, by their data.
[[nodiscard]] std::set<RunNo> newest_good(sql::Connection& db, PipelineId pipeline, std::int64_t count);
/// After the files are gone: found again they would only be looked for in vain.
void mark_removed(sql::Connection& db, LeftoverKind kind, std::vector<RunNo> const& runs, core::Wall now);

/// From now on nothing of the run is removed, or it is again as of any other; a second pin keeps the first one's time.
/// False: there is no such run.
[[nodiscard]] bool pin_run(sql::Connection& db, RunNo no, std::string const& by, core::Wall now);
[[nodiscard]] bool unpin_run(sql::Connection& db, RunNo no);

/// What a run's page tells of it.
struct Keeping {
  std::optional<core::Wall> pinned, log_removed, artifacts_removed;
  std::string pinned_by;
};
[[nodiscard]] Keeping keeping_of(sql::Connection& db, RunNo no);

/// An image that was not on the engine until we pulled it.
struct PulledImage {
  std::string reference, id;
  core::Wall used{};   ///< when an attempt with it was last made, or it was pulled
  bool named = false;  ///< a pipeline has this reference, which may mean another image by now
};
/// Those that nobody has used since `before` and that no unended run needs; oldest first.
[[nodiscard]] std::vector<PulledImage> unused_images(sql::Connection& db, core::Wall before);
/// It is gone, or is not ours any more.
void forget_image(sql::Connection& db, PulledImage const& image);

/// When retention last ran, as the wall clock said then; nullopt: never.
[[nodiscard]] std::optional<core::Wall> last_retention(sql::Connection& db);
void keep_last_retention(sql::Connection& db, core::Wall now);

}  // namespace store
