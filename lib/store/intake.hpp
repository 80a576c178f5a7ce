#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "domain/pipeline.hpp"
#include "domain/run_state.hpp"
#include "domain/version.hpp"
#include "sql/connection.hpp"
#include "store/decisions.hpp"
#include "store/ids.hpp"

namespace store {

/// A live pipeline whose `files` and `ignore` accept the key, with what its `watch` says. Matching was done on the
/// loop.
struct Match {
  PipelineId pipeline;
  bool on_created = true, on_modified = true, skip_same_content = true;
  domain::Existing existing;
  core::Wall first_seen{};            ///< of the pipeline's file
  std::chrono::milliseconds hold{0};  ///< this pipeline's settle beyond the source's: queued with not_before
};

/// One settled difference and the pipelines that it concerns.
struct Difference {
  std::string key;
  std::optional<domain::Version> found;  ///< nullopt: proven absent
  std::optional<domain::ContentHash> hash;
  std::vector<Match> matches;
  std::optional<core::Wall> detected;  ///< when the first hint of it came, where that was before it had settled
};

struct IntakeResult {
  std::int64_t changes = 0;  ///< change rows written
  std::int64_t runs = 0;     ///< run rows queued
  std::int64_t items = 0;    ///< by how many the inventory has grown
  Decisions decisions;       ///< of each difference and pipeline
  std::vector<RunNo> stale;  ///< active (`pulling`) runs that became outdated or skipped: their runners must look
};

/// The heart of promises 1 and 2: inventory, change, decision and run rows of these differences, in the caller's
/// transaction. For each difference, against the inventory row as it is now:
/// - no row, ctime before the source's baseline (S3: LastModified, and only until a pass has been complete): inventory
///   row with seq 0, no change; per match `existing` decides: run (trigger existing), since (mtime at or after), else
///   decision skip/existing. Otherwise change `created`, and a run per match.
/// - row with the same version: nothing (a doubled hint); `missing` is cleared.
/// - row that differs and a hash equal to the stored one (S3: the same ETag and size, a rewrite or a touch): the
///   fingerprint is updated. Where only ctime differs no change is written; otherwise change `modified` and, per match,
///   decision skip/same_content when skip_same_content and the version that the hash belongs to was handled (a decision
///   row that ran), else a run.
/// - row that differs otherwise: change `modified`, a run per match (on_modified; else skip/event_not_wanted).
/// - absent with a row: change `removed`, the row goes, queued/held/retry_wait/pulling runs of the item end `skipped`
/// (input_gone). A new run makes earlier runs of the same (pipeline, item) that are queued, held, retry_wait or pulling
/// `outdated`, replaced_by it, and takes the oldest one's place. Every state set is also a feed row.
[[nodiscard]] IntakeResult commit_differences(sql::Connection& db, SourceId source,
                                              std::vector<Difference> const& differences, core::Wall now);

/// Sets or clears phase one of a removal.
void mark_missing(sql::Connection& db, SourceId source, std::vector<std::string> const& keys, bool missing);

/// For a run in `pulling` whose input is no longer the version that the run is for. Where the journal has been told of
/// a later version, waiting for the old one would have no end: the run becomes `outdated` by the later version's run,
/// or `skipped` where the pipeline leaves that version alone. Where the later version has the same content, the run
/// takes it and is queued again. False: neither is so (yet), nothing was changed.
bool resolve_changed_input(sql::Connection& db, RunNo run, core::Wall now);

/// After a run hashed its input: remembers the hash for the inventory row if it still has that version.
void remember_hash(sql::Connection& db, SourceId source, std::string const& key, domain::Version const& version,
                   domain::ContentHash const& hash);

struct InventoryRow {
  std::string key;
  domain::Version version;
  std::optional<domain::ContentHash> hash;
  std::int64_t seq = 0;
  std::int64_t missing = 0;  ///< not 0: phase one of a removal; S3: the number of the pass that first missed it
};
[[nodiscard]] std::vector<InventoryRow> find_items(sql::Connection& db, SourceId source,
                                                   std::vector<std::string> const& keys);
/// `after` < key, key starts with `prefix`, byte order.
[[nodiscard]] std::vector<InventoryRow> page_items(sql::Connection& db, SourceId source, std::string const& prefix,
                                                   std::string const& after, std::size_t limit);

[[nodiscard]] std::int64_t count_items(sql::Connection& db, SourceId source);

struct SourceRow {
  SourceId id;
  std::string root;  ///< as domain::root_of() makes it
  core::Wall baseline{};
};
/// Finds or makes the source of a root (domain/source_root.hpp).
[[nodiscard]] SourceRow ensure_source(sql::Connection& db, std::string const& root, core::Wall baseline,
                                      core::Wall now);

/// One page of a pipeline's registration on an inventory that is there already: items after `after` that have no
/// decision yet get one by `existing` (items whose change is not older than first_seen run in any case). Returns the
/// last key seen, nullopt at the end.
struct RegisterPage {
  std::optional<std::string> last;
  std::int64_t matched = 0, queued = 0;
  std::vector<RunNo> stale;  ///< as in IntakeResult
};
[[nodiscard]] RegisterPage register_existing(sql::Connection& db, SourceId source, Match const& match,
                                             std::function<bool(std::string const&)> const& accepts,
                                             std::string const& after, std::size_t limit, core::Wall now);

}  // namespace store
