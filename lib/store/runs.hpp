#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "domain/attempt_end.hpp"
#include "domain/pipeline.hpp"
#include "domain/run_param.hpp"
#include "domain/run_state.hpp"
#include "domain/value.hpp"
#include "domain/version.hpp"
#include "sql/connection.hpp"
#include "store/ids.hpp"

namespace store {

struct RunInput {
  std::optional<SourceId> source;
  std::string root;  ///< of the source; empty for a manual input outside any source
  std::string key;   ///< bytes; for a manual input the absolute path
  std::string uri;
  domain::Version version;
  std::optional<domain::ContentHash> hash;
};

struct RunRow {
  RunNo no;
  std::string id;
  PipelineId pipeline;
  std::string pipeline_name;
  std::optional<RevisionId> revision;
  domain::RunState state = domain::RunState::queued;
  domain::Reason reason = domain::Reason::none;
  std::string detail;
  domain::Trigger trigger = domain::Trigger::change;
  std::int64_t seq = 0;
  std::int64_t place = 0;
  std::int64_t attempts = 0;
  core::Wall not_before{};
  bool cancel_requested = false;
  bool cancelled_for_newer = false;  ///< `overlap: cancel`: its successor has been queued
  std::string image, image_id, image_digest;
  std::vector<RunInput> inputs;
  std::vector<domain::RunParam>
      params;  ///< of a manual run: what the user gave; filled in fully when the revision binds
};

struct AttemptRow {
  RunNo run;
  std::int64_t number = 1;
  domain::Step step = domain::Step::creating;
  std::string container_name, container_id, create_body, create_sha256;
  std::optional<domain::RunState> outcome;
  domain::Reason reason = domain::Reason::none;
  core::Wall created{};
  std::optional<core::Wall> started, exited;
};

/// What the scheduler may start now: queued, or retry_wait and due; in queue order; pipelines live and not held.
/// `full` comes from the caller's own count. At most `limit` rows of each pipeline.
struct Startable {
  RunNo no;
  PipelineId pipeline;
  domain::RunState state;
  std::int64_t place = 0;  ///< in the queue
  bool is_object = false;  ///< its input is in a bucket
  std::string key = {};    ///< of its input; empty: it has none
};
/// The same of one pipeline, whatever its state.
[[nodiscard]] std::vector<Startable> startable_of(sql::Connection& db, PipelineId pipeline, core::Wall now,
                                                  std::size_t limit);
[[nodiscard]] std::vector<Startable> startable_runs(sql::Connection& db, core::Wall now,
                                                    std::vector<PipelineId> const& full, std::size_t limit);
[[nodiscard]] std::vector<PipelineId> live_pipelines(sql::Connection& db);
/// Live pipelines that nothing holds, but for the full ones.
[[nodiscard]] std::vector<PipelineId> open_pipelines(sql::Connection& db, core::Wall now,
                                                     std::vector<PipelineId> const& full);
/// The next moment at which a waiting run or a held pipeline becomes due; nullopt when none is.
[[nodiscard]] std::optional<core::Wall> next_due(sql::Connection& db, core::Wall now);
/// Held runs whose not_before has come (input unreadable: look again) are queued again; how many. Those that wait for
/// their pipeline stay until register_revision() brings it back.
std::size_t requeue_due_held(sql::Connection& db, core::Wall now);

[[nodiscard]] std::optional<RunRow> load_run(sql::Connection& db, RunNo no);
[[nodiscard]] std::optional<RunRow> load_run_by_id(sql::Connection& db,
                                                   std::string const& id);  ///< ULID, or a run_no in digits
[[nodiscard]] std::optional<AttemptRow> load_attempt(sql::Connection& db, RunNo no, std::int64_t number);
[[nodiscard]] std::vector<domain::RunParam> load_params(sql::Connection& db, RunNo no);
/// Runs in pulling..collecting, and ended runs whose newest attempt still has a container: what start-up must take up
/// again.
[[nodiscard]] std::vector<RunNo> unfinished_runs(sql::Connection& db);

/// Compare-and-set of a run's state, with its feed row; stage rows are opened and closed with it. False: it was not in
/// `from`.
[[nodiscard]] bool move_run(sql::Connection& db, RunNo no, domain::RunState from, domain::RunState to,
                            domain::Reason reason, std::string const& detail, core::Wall now);
/// queued/retry_wait -> pulling; binds the pipeline's current revision if none is bound yet. Nullopt: somebody else was
/// first.
[[nodiscard]] std::optional<RunRow> claim_run(sql::Connection& db, RunNo no, core::Wall now);
/// The image that the run works with; the time is its last use.
void set_image(sql::Connection& db, RunNo no, std::string const& reference, std::string const& id,
               std::string const& digest, core::Wall now);
/// A reference that was not on the engine was pulled: what retention may take away again.
void note_pulled_image(sql::Connection& db, std::string const& reference, std::string const& id,
                       std::string const& digest, core::Wall now);
void set_params(sql::Connection& db, RunNo no, std::vector<domain::RunParam> const& params);
/// The version that the run works on; without a hash where its bytes were not read.
void set_input_hash(sql::Connection& db, RunNo no, std::int64_t position, domain::Version const& version,
                    std::optional<domain::ContentHash> const& hash);
void set_input_drifted(sql::Connection& db, RunNo no);
/// Back to queued, held or retry_wait from an active state without a container: image or engine trouble, input
/// unreadable, or backoff. A run that has had no attempt gives its revision back (unless it was asked for one), so that
/// a corrected pipeline helps it; default params go with it.
[[nodiscard]] bool requeue_run(sql::Connection& db, RunNo no, domain::RunState to, domain::Reason reason,
                               std::string const& detail, core::Wall not_before, core::Wall now);

/// pulling -> starting and a new attempt row (step creating) in one: the intent, before the first Docker call. False:
/// the run is no longer `pulling` (it became outdated, was cancelled).
[[nodiscard]] bool open_attempt(sql::Connection& db, AttemptRow const& attempt, core::Wall now);
/// The attempt never was: nothing of it ran, and there is no container of it (any more). The number is free again. The
/// caller, who has proven that, requeues the run.
void withdraw_attempt(sql::Connection& db, RunNo no, std::int64_t attempt);
/// Moves an attempt's step forward (never back). Also sets container_id when not empty.
void set_step(sql::Connection& db, RunNo no, std::int64_t attempt, domain::Step step, std::string const& container_id,
              core::Wall now);

using domain::AttemptEnd;
/// The end's facts into the attempt's row alone.
void write_attempt_end(sql::Connection& db, RunNo no, std::int64_t attempt, AttemptEnd const& end);
/// Step exited with the end's facts, run -> collecting.
void set_exited(sql::Connection& db, RunNo no, std::int64_t attempt, AttemptEnd const& end, core::Wall now);

struct ArtifactRow {
  std::string name;  ///< bytes
  domain::ArtifactRole role = domain::ArtifactRole::file;
  std::string media_type;
  std::int64_t size = 0;
  domain::ContentHash sha256{};
  std::string path;  ///< below state_dir
};
struct OutputRow {
  std::string name;
  domain::ValueType type = domain::ValueType::real;
  domain::Value value;
  std::string unit;
};
/// The one transaction that publishes: outputs (succeeded only), artifacts, attempt step collected, the run's end or
/// retry_wait, feed. `final_state` is an end, or retry_wait with `not_before`. Marks the replaced result of the same
/// item (replaced_by).
void publish(sql::Connection& db, RunNo no, std::int64_t attempt, AttemptEnd const& end, domain::RunState final_state,
             std::vector<OutputRow> const& outputs, std::vector<ArtifactRow> const& artifacts, core::Wall not_before,
             core::Wall now);

/// Marks the wish; a queued, held or retry_wait run ends `cancelled` at once. Returns the state after it; nullopt: no
/// such run.
[[nodiscard]] std::optional<domain::RunState> request_cancel(sql::Connection& db, RunNo no, core::Wall now);

/// `overlap: cancel`: `no` goes on with data for which `newer` has been queued. False: it has ended, or it is not of
/// the same item or not older.
[[nodiscard]] bool cancel_for_newer(sql::Connection& db, RunNo no, RunNo newer, core::Wall now);

/// A manual run. Input nullopt: none. Returns its number and id.
struct NewRun {
  PipelineId pipeline;
  std::optional<RevisionId> revision;  ///< nullopt: binds when it starts
  domain::Trigger trigger = domain::Trigger::manual;
  std::optional<RunNo> retry_of;
  std::int64_t seq = 0;
  std::vector<RunInput> inputs;
  std::vector<domain::RunParam> params;
};
struct RunRef {
  RunNo no;
  std::string id;
};
[[nodiscard]] RunRef insert_run(sql::Connection& db, NewRun const& run, core::Wall now);

}  // namespace store
