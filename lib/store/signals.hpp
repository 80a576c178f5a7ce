#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "domain/expectation.hpp"
#include "domain/health.hpp"
#include "domain/run_state.hpp"
#include "sql/connection.hpp"
#include "store/ids.hpp"
#include "store/runs.hpp"

/// What is told of pipelines, moved on by the feed. Writer thread, inside one operation.
namespace store {

/// Up to which feed entry everything has been told; nullopt: nothing ever was.
[[nodiscard]] std::optional<std::int64_t> notify_cursor(sql::Connection& db);
void set_notify_cursor(sql::Connection& db, std::int64_t seq);

/// A feed entry that is the end of a run.
struct RunEnd {
  std::int64_t seq = 0;
  core::Wall at{};
  RunNo run;
  PipelineId pipeline;
  domain::RunState state = domain::RunState::succeeded;
};
struct RunEnds {
  std::vector<RunEnd> ends;
  std::int64_t last = 0;  ///< the last entry that was looked at
  bool more = false;
};
/// Of the `limit` entries after `after`. Any thread.
[[nodiscard]] RunEnds run_ends(sql::Connection& db, std::int64_t after, std::size_t limit);

/// What is stored of one pipeline.
struct Health {
  PipelineId pipeline;
  std::optional<core::Wall> good_at;
  std::int64_t good_seq = -1;  ///< of the newest good run's data; -1: there is none
  RunNo good_run;
  std::optional<RunNo> failing_run;
  std::optional<core::Wall> failing_at;
  std::string rule;  ///< `expect` as text; empty: none
  domain::Expectation expectation;
};
[[nodiscard]] Health load_health(sql::Connection& db, PipelineId pipeline);
void save_health(sql::Connection& db, Health const& health);

[[nodiscard]] std::map<std::string, domain::Bound> open_alerts(sql::Connection& db, PipelineId pipeline);
/// nullopt: it is over.
void set_alert(sql::Connection& db, PipelineId pipeline, std::string const& output,
               std::optional<domain::Bound> const& bound, RunNo run, core::Wall since);
void clear_alerts(sql::Connection& db, PipelineId pipeline);

/// When the data of the `nth` newest item that has succeeded arrived; nullopt: fewer have. Looks at so many rows.
[[nodiscard]] std::optional<core::Wall> nth_newest_arrival(sql::Connection& db, PipelineId pipeline, int nth);
/// The newest good run by its data, and the newest end that says how the pipeline does; for a database that nothing was
/// told of yet. Of the newest 100 runs.
[[nodiscard]] std::optional<RunNo> newest_good_run(sql::Connection& db, PipelineId pipeline);
[[nodiscard]] std::optional<RunEnd> newest_telling_end(sql::Connection& db, PipelineId pipeline);

/// A pipeline and its current revision.
struct PipelineMark {
  PipelineId id;
  RevisionId revision;
  bool live = false;
  friend auto operator<=>(PipelineMark const&, PipelineMark const&) = default;
};
[[nodiscard]] std::vector<PipelineMark> pipeline_marks(sql::Connection& db);
/// Of one; nullopt: no such pipeline, or it has no revision.
[[nodiscard]] std::optional<PipelineMark> pipeline_mark(sql::Connection& db, PipelineId id);
/// Not overdue, and due up to `now`.
[[nodiscard]] std::vector<PipelineId> due_pipelines(sql::Connection& db, core::Wall now);
/// The next moment at which one that is not overdue becomes so.
[[nodiscard]] std::optional<core::Wall> next_expected(sql::Connection& db);

/// What a notification says of a run.
struct RunFacts {
  std::string id;
  std::optional<RevisionId> revision;
  domain::RunState state = domain::RunState::succeeded;
  domain::Reason reason = domain::Reason::none;
  std::string detail, input_uri;
  std::int64_t seq = 0;  ///< of its data; 0: none that arrived while it was watched
  std::optional<core::Wall> started, finished;
  std::vector<OutputRow> outputs;  ///< at most 200
};
[[nodiscard]] std::optional<RunFacts> run_facts(sql::Connection& db, RunNo run);

/// How long a run was in one stage of one attempt.
struct StageTime {
  std::string stage;  ///< as in v1_stages; or "settling": from the last write of its data to the commit of the change
  std::chrono::milliseconds took{};
};
/// Of the stages that are over. `settling` is known of runs that a change queued.
[[nodiscard]] std::vector<StageTime> stage_times(sql::Connection& db, RunNo run);

}  // namespace store
