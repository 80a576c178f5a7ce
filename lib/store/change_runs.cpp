#include "store/change_runs.hpp"

#include <algorithm>

#include "core/ulid.hpp"
#include "domain/source_root.hpp"
#include "store/display.hpp"
#include "store/inventory.hpp"
#include "store/runs.hpp"
#include "store/version_columns.hpp"

namespace store {
namespace {

using domain::Reason;
using domain::RunState;
using sql::Blob;

struct Waiting {
  RunNo no;
  RunState state;
  std::int64_t place;
};

/// `sql` selects run_no, state and place.
template <class... Values>
std::vector<Waiting> select_waiting(sql::Connection& db, std::string_view sql, Values const&... values) {
  std::vector<Waiting> found;
  auto const add = [&found](sql::Row const& row) {
    found.push_back({{row.integer(0)}, state_of(row.text(1)), row.integer(2)});
  };
  db.each(sql, add, values...);
  return found;
}

std::vector<Waiting> waiting_runs(sql::Connection& db, SourceId source, std::string const& key) {
  return select_waiting(db,
                        "SELECT run_no, state, place FROM run WHERE source_id = ?1 AND key = ?2"
                        " AND state IN ('queued', 'held', 'pulling', 'retry_wait') ORDER BY run_no",
                        source.value, Blob{key});
}

/// Those that a newer version replaces. Not what a person asked for with parameters of its own, which takes the file as
/// it is when it starts.
std::vector<Waiting> replaceable_runs(sql::Connection& db, ItemVersion const& item, PipelineId pipeline) {
  return select_waiting(
      db,
      "SELECT run_no, state, place FROM run WHERE source_id = ?1 AND key = ?2 AND pipeline_id = ?3"
      " AND state IN ('queued', 'held', 'pulling', 'retry_wait') AND trigger IN ('change', 'existing', 'backfill')"
      " ORDER BY run_no",
      item.source.value, Blob{item.key}, pipeline.value);
}

/// False: this version was decided on before; that is the handled-once promise, kept by the primary key.
bool insert_decision(Transitions& transitions, PipelineId pipeline, ItemVersion const& item, std::string_view decision,
                     Reason reason, std::optional<std::int64_t> run) {
  return transitions.db().run(
             "INSERT INTO decision(pipeline_id, source_id, key, seq, decision, reason, run_no, at_ms)"
             " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
             pipeline.value, item.source.value, Blob{item.key}, item.seq, decision, domain::to_string(reason), run,
             core::to_ms(transitions.now())) == 1;
}

bool is_decided(sql::Connection& db, PipelineId pipeline, ItemVersion const& item) {
  return db
      .integer("SELECT 1 FROM decision WHERE pipeline_id = ? AND source_id = ? AND key = ? AND seq = ?", pipeline.value,
               item.source.value, Blob{item.key}, item.seq)
      .has_value();
}

void insert_run_row(Transitions& transitions, RunNo no, PipelineId pipeline, ItemVersion const& item,
                    domain::Trigger trigger, std::chrono::milliseconds hold, std::int64_t place) {
  auto& db = transitions.db();
  auto const now = transitions.now();
  bool const held = hold.count() > 0;
  db.run(
      "INSERT INTO run(run_no, run_id, pipeline_id, state, reason, trigger, source_id, key, seq, place,"
      " not_before_ms, queued_ms)"
      " VALUES (?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?)",
      no.value, core::make_ulid(now), pipeline.value, domain::to_string(held ? Reason::settling : Reason::none),
      domain::to_string(trigger), item.source.value, Blob{item.key}, item.seq, place,
      held ? core::to_ms(now + hold) : 0, core::to_ms(now));
  db.run(
      "INSERT INTO run_input(run_no, position, source_id, key, key_text, uri, size, mtime_ns, ctime_ns, ino, etag,"
      " version_id, sha256) VALUES (?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      no.value, item.source.value, Blob{item.key}, display_text(item.key), domain::uri_of(item.root, item.key),
      item.version.size, item.version.mtime_ns, item.version.ctime_ns, item.version.ino,
      text_or_null(item.version.etag), text_or_null(item.version.version_id), sql::blob(item.hash));
}

/// In the place of the runs of the item that have not started yet.
void queue_run(Transitions& transitions, RunNo no, PipelineId pipeline, ItemVersion const& item,
               domain::Trigger trigger, std::chrono::milliseconds hold, std::vector<RunNo>& stale) {
  auto& db = transitions.db();
  auto place = no.value;
  auto const earlier = replaceable_runs(db, item, pipeline);
  for (auto const& run : earlier) place = std::min(place, run.place);
  insert_run_row(transitions, no, pipeline, item, trigger, hold, place);
  transitions.entered({no, pipeline}, RunState::queued);
  for (auto const& run : earlier) {
    if (!transitions.move(run.no, run.state, RunState::outdated, Reason::input_changed, {})) continue;
    db.run("UPDATE run SET replaced_by = ? WHERE run_no = ?", no.value, run.no.value);
    if (run.state == RunState::pulling) stale.push_back(run.no);
  }
}

}  // namespace

bool decide_skip(Transitions& transitions, PipelineId pipeline, ItemVersion const& item, Reason reason) {
  return insert_decision(transitions, pipeline, item, "skip", reason, std::nullopt);
}

bool decide_run(Transitions& transitions, PipelineId pipeline, ItemVersion const& item, domain::Trigger trigger,
                std::chrono::milliseconds hold, std::vector<RunNo>& stale) {
  auto& db = transitions.db();
  if (is_decided(db, pipeline, item)) return false;  // before a run number is taken: those have no gaps either
  auto const no = transitions.next_run();
  auto const reason = trigger == domain::Trigger::existing ? Reason::existing : Reason::none;
  if (!insert_decision(transitions, pipeline, item, "run", reason, no.value)) return false;
  queue_run(transitions, no, pipeline, item, trigger, hold, stale);
  return true;
}

std::optional<RunNo> backfill_run(Transitions& transitions, PipelineId pipeline, ItemVersion const& item,
                                  std::vector<RunNo>& stale) {
  auto& db = transitions.db();
  auto const no = transitions.next_run();
  bool const noted =
      db.run(
          "INSERT INTO decision(pipeline_id, source_id, key, seq, decision, reason, run_no, at_ms)"
          " VALUES (?, ?, ?, ?, 'run', 'none', ?, ?) ON CONFLICT DO UPDATE SET decision = 'run', reason = 'none',"
          " run_no = excluded.run_no, at_ms = excluded.at_ms WHERE decision = 'skip'",
          pipeline.value, item.source.value, Blob{item.key}, item.seq, no.value, core::to_ms(transitions.now())) == 1;
  if (!noted) throw core::Failure({core::Errc::internal, "a run of this version has been decided on", item.key, {}});
  queue_run(transitions, no, pipeline, item, domain::Trigger::backfill, {}, stale);
  return no;
}

void skip_runs_of_gone_item(Transitions& transitions, SourceId source, std::string const& key,
                            std::vector<RunNo>& stale) {
  for (auto const& run : waiting_runs(transitions.db(), source, key))
    if (transitions.move(run.no, run.state, RunState::skipped, Reason::input_gone, {}) &&
        run.state == RunState::pulling)
      stale.push_back(run.no);
}

void refresh_waiting_inputs(sql::Connection& db, ItemVersion const& item, domain::Version const& before) {
  for (auto const& run : waiting_runs(db, item.source, item.key))
    db.run(
        "UPDATE run_input SET size = ?1, mtime_ns = ?2, ctime_ns = ?3, ino = ?4, etag = ?12, version_id = ?13"
        " WHERE run_no = ?5 AND source_id = ?6"
        " AND key = ?7 AND size = ?8 AND mtime_ns = ?9 AND ctime_ns = ?10 AND ino = ?11 AND etag IS ?14",
        item.version.size, item.version.mtime_ns, item.version.ctime_ns, item.version.ino, run.no.value,
        item.source.value, Blob{item.key}, before.size, before.mtime_ns, before.ctime_ns, before.ino,
        text_or_null(item.version.etag), text_or_null(item.version.version_id), text_or_null(before.etag));
}

namespace {

struct Later {
  std::int64_t seq;
  Reason reason;             ///< why the pipeline left it alone
  std::optional<RunNo> run;  ///< nullopt: it did
};

std::optional<Later> newest_decision(sql::Connection& db, RunRow const& run) {
  auto const& input = run.inputs.front();
  return db.first(
      "SELECT seq, reason, run_no FROM decision WHERE pipeline_id = ? AND source_id = ? AND key = ? AND seq > ?"
      " ORDER BY seq DESC LIMIT 1",
      [](sql::Row const& row) {
        auto const no = row.optional_integer(2);
        return Later{row.integer(0), reason_of(row.text(1)), no ? std::optional(RunNo{*no}) : std::nullopt};
      },
      run.pipeline.value, input.source->value, Blob{input.key}, run.seq);
}

}  // namespace

bool resolve_changed_input(sql::Connection& db, RunNo no, core::Wall now) {
  auto const run = load_run(db, no);
  if (!run || run->state != RunState::pulling || run->inputs.empty() || !run->inputs.front().source) return false;
  auto const& input = run->inputs.front();
  auto const item = find_item(db, *input.source, input.key);
  if (!item || item->seq <= run->seq) return false;
  if (item->hash && item->hash == input.hash) {
    if (domain::compare(input.version, item->version) == domain::Difference::none) return false;
    refresh_waiting_inputs(db, {*input.source, input.root, input.key, item->version, item->hash, item->seq},
                           input.version);
    return requeue_run(db, no, RunState::queued, Reason::none, {}, now, now);
  }
  auto const later = newest_decision(db, *run);
  if (!later) return false;
  Transitions transitions(db, now);
  auto const to = later->run ? RunState::outdated : RunState::skipped;
  auto const detail = later->run ? std::string()
                                 : "its file changed before it could start, and the new version was left alone: " +
                                       std::string(domain::to_string(later->reason));
  if (!transitions.move(no, RunState::pulling, to, Reason::input_changed, detail)) return false;
  if (later->run) db.run("UPDATE run SET replaced_by = ? WHERE run_no = ?", later->run->value, no.value);
  transitions.save();
  return true;
}

}  // namespace store
