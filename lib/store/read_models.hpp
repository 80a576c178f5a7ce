#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "domain/pipeline.hpp"
#include "domain/run_param.hpp"
#include "domain/run_state.hpp"
#include "domain/value.hpp"
#include "sql/connection.hpp"
#include "store/ids.hpp"
#include "store/intake.hpp"
#include "store/runs.hpp"

/// What the API, the CLI and the page show. Reader thread; plain values, every list bounded by its `limit`.
namespace store {

struct RunSummary {
  RunNo no;
  std::string id, pipeline;
  std::optional<std::int64_t> revision;  ///< number; none before the run leaves `queued`
  domain::RunState state = domain::RunState::queued;
  domain::Reason reason = domain::Reason::none;
  std::string detail;
  std::string trigger;
  std::int64_t attempts = 0, seq = 0;
  std::optional<RunNo> retry_of, replaced_by;
  bool cancel_requested = false, oom_killed = false, input_drifted = false;
  std::string image, image_id, image_digest;
  std::optional<std::int64_t> exit_code, max_rss_bytes, cpu_ms;
  core::Wall queued{};
  std::optional<core::Wall> not_before, started, finished;
  std::string input_uri, input_key;  ///< of the first input, for display; empty without one
};

struct RunFilter {
  std::string pipeline;  ///< empty: all
  std::optional<domain::RunState> state;
  std::optional<RunNo> before;  ///< keyset cursor: the last number of the page before
  std::size_t limit = 50;
};
/// Newest first.
[[nodiscard]] std::vector<RunSummary> list_runs(sql::Connection& db, RunFilter const& filter);

struct AttemptDetail {
  std::int64_t number = 0;
  std::string step, container_name, container_id, outcome, reason, detail;  ///< outcome, reason: empty before the end
  std::optional<std::int64_t> exit_code, signal, max_rss_bytes, cpu_ms;
  bool oom_killed = false;
  bool log_suspect = false;  ///< the log may lack its last lines
  core::Wall created{};
  std::optional<core::Wall> started, exited, removed;
};
struct StageDetail {
  std::int64_t attempt = 0;
  std::string name;
  core::Wall began{};
  std::optional<core::Wall> ended;
};
struct ArtifactDetail {
  std::int64_t attempt = 0;
  ArtifactRow artifact;
};
struct RunDetail {
  RunSummary run;
  std::vector<AttemptDetail> attempts;
  std::vector<StageDetail> stages;  ///< in order of their beginning
  std::vector<RunInput> inputs;
  std::vector<domain::RunParam> params;
  std::vector<OutputRow> outputs;
  std::vector<ArtifactDetail> artifacts;
};
[[nodiscard]] std::optional<RunDetail> run_detail(sql::Connection& db, RunNo no);

struct ResultColumn {
  std::string name;
  domain::ValueType type = domain::ValueType::string;
};
/// Rows of v1_p_<pipeline> (or its history), newest data first.
struct ResultTable {
  std::vector<ResultColumn> columns;
  std::vector<std::vector<domain::Value>> rows;
  std::optional<std::pair<std::int64_t, RunNo>> next;  ///< cursor of the next page, when there may be one
};
struct ResultFilter {
  std::string pipeline;
  bool history = false;
  std::optional<std::pair<std::int64_t, RunNo>> before;
  std::size_t limit = 50;
};
/// Nullopt: no such pipeline.
[[nodiscard]] std::optional<ResultTable> results(sql::Connection& db, ResultFilter const& filter);

struct DecisionDetail {
  std::string pipeline;
  std::int64_t seq = 0;
  std::string decision;  ///< run skip
  domain::Reason reason = domain::Reason::none;
  core::Wall decided{};
  std::optional<RunNo> run;
  std::string run_id;
  std::optional<domain::RunState> run_state;
  domain::Reason run_reason = domain::Reason::none;
};
struct ChangeDetail {
  std::int64_t seq = 0;
  std::string kind;
  core::Wall told{};
};
/// All that is known about one key, newest first; what `why` tells.
struct ItemDetail {
  std::optional<InventoryRow> item;  ///< nullopt: not in the inventory now
  std::optional<core::Wall> seen;
  std::vector<DecisionDetail> decisions;
  std::vector<ChangeDetail> changes;
};
[[nodiscard]] ItemDetail item_detail(sql::Connection& db, SourceId source, std::string const& key,
                                     std::size_t limit = 20);

struct SourceDetail {
  SourceId id;
  std::string kind, root, uri;
  core::Wall baseline{};
};
[[nodiscard]] std::vector<SourceDetail> list_sources(sql::Connection& db);

struct PipelineFile {
  std::string file, pipeline;  ///< pipeline: empty where the file's errors hide its name
  core::Wall first_seen{}, read{};
  std::string diagnostics;  ///< empty: valid
  std::string sha256;       ///< of the text that was read, in hex
};
[[nodiscard]] std::vector<PipelineFile> list_pipeline_files(sql::Connection& db);

struct StateCount {
  std::string pipeline;  ///< empty: of all pipelines
  domain::RunState state = domain::RunState::queued;
  std::int64_t runs = 0;
};
/// Of all runs, by state.
[[nodiscard]] std::vector<StateCount> count_runs(sql::Connection& db);
/// Of all runs, by pipeline and state.
[[nodiscard]] std::vector<StateCount> count_by_pipeline(sql::Connection& db);
/// Of runs that have not ended, by pipeline and state.
[[nodiscard]] std::vector<StateCount> count_unfinished(sql::Connection& db);

/// Why runs are held.
struct HeldReason {
  domain::Reason reason = domain::Reason::none;
  std::int64_t runs = 0;
  RunNo first;
  std::string detail;  ///< of the first one
};
[[nodiscard]] std::vector<HeldReason> held_reasons(sql::Connection& db);

struct FeedRow {
  std::int64_t seq = 0;
  core::Wall at{};
  std::string event, run_id, pipeline;
  RunNo run;
  domain::RunState state = domain::RunState::queued;
};
/// Entries after `after`, in commit order, without gaps.
[[nodiscard]] std::vector<FeedRow> feed_after(sql::Connection& db, std::int64_t after, std::size_t limit);
/// The newest number; 0 when the feed is empty.
[[nodiscard]] std::int64_t feed_end(sql::Connection& db);

struct FeedBounds {
  std::string id;          ///< of this numbering; another one after a backup was restored
  std::int64_t floor = 1;  ///< the oldest entry that is kept, or the next one to come
  std::int64_t end = 0;    ///< the newest one that ever was
  /// Whether a reader who has seen everything up to `after` can go on without a gap.
  [[nodiscard]] bool can_follow(std::int64_t after) const noexcept { return after >= floor - 1 && after <= end; }
};
[[nodiscard]] FeedBounds feed_bounds(sql::Connection& db);
/// Runs that wait: queued, held, or for their next attempt.
[[nodiscard]] std::int64_t count_waiting(sql::Connection& db);

}  // namespace store
