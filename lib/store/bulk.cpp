#include "store/bulk.hpp"

#include "store/change_runs.hpp"
#include "store/inventory.hpp"

namespace store {
namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;

/// The present version has a run, or the same content had one. An item that a pipeline left alone (existing, an event
/// that it does not want) has none.
bool is_handled(sql::Connection& db, PipelineId pipeline, SourceId source, InventoryRow const& item) {
  return db
      .integer(
          "SELECT 1 FROM decision WHERE pipeline_id = ? AND source_id = ? AND key = ? AND seq = ?"
          " AND (decision = 'run' OR reason = 'same_content')",
          pipeline.value, source.value, sql::Blob{item.key}, item.seq)
      .has_value();
}

}  // namespace

core::Result<std::optional<BulkProgress>> find_bulk(sql::Connection& db, OnceOnly const& once, core::Wall now) {
  bool same = false;
  auto const found = db.first(
      "SELECT request_sha256 = ?, position, answer, done FROM bulk WHERE caller = ? AND key = ? AND at_ms > ?",
      [&same](sql::Row const& row) {
        same = row.boolean(0);
        return BulkProgress{row.text(1), row.text(2), row.boolean(3)};
      },
      sql::blob(once.request), once.caller, once.key, core::to_ms(now - once_kept));
  if (!found || same) return found;
  return core::Error{core::Errc::invalid, "this key was used for another request within the last day",
                     "Idempotency-Key", "make a new key for each new request"};
}

void keep_bulk(sql::Connection& db, OnceOnly const& once, BulkProgress const& progress, core::Wall now) {
  db.run("DELETE FROM bulk WHERE at_ms <= ?", core::to_ms(now - once_kept));
  db.run(
      "DELETE FROM bulk WHERE (caller, key) IN"
      " (SELECT caller, key FROM bulk ORDER BY at_ms DESC LIMIT -1 OFFSET ?)",
      most_once - 1);
  db.run(
      "INSERT OR REPLACE INTO bulk(caller, key, request_sha256, position, answer, done, at_ms)"
      " VALUES (?, ?, ?, ?, ?, ?, ?)",
      once.caller, once.key, sql::blob(once.request), progress.position, progress.answer, progress.done,
      core::to_ms(now));
}

std::string_view to_string(LeftOut why) noexcept {
  switch (why) {
    case LeftOut::none:
      break;
    case LeftOut::not_ended:
      return "not_ended";
    case LeftOut::repeated_already:
      return "repeated_already";
    case LeftOut::newer_data:
      return "newer_data";
    case LeftOut::pipeline_retired:
      return "pipeline_retired";
  }
  return "none";
}

LeftOut left_out(sql::Connection& db, RunNo no) {
  auto const why = db.integer(
      "SELECT CASE WHEN r.finished_ms IS NULL THEN 1"
      " WHEN p.state = 'retired' THEN 4"
      " WHEN EXISTS (SELECT 1 FROM run x WHERE x.retry_of = r.run_no) THEN 2"
      " WHEN EXISTS (SELECT 1 FROM run x WHERE x.retry_of = r.retry_of AND x.run_no > r.run_no) THEN 2"
      " WHEN EXISTS (SELECT 1 FROM run x WHERE x.source_id = r.source_id AND x.key = r.key"
      "  AND x.pipeline_id = r.pipeline_id AND x.seq > r.seq) THEN 3"
      " ELSE 0 END FROM run r JOIN pipeline p USING(pipeline_id) WHERE r.run_no = ?",
      no.value);
  return static_cast<LeftOut>(why.value_or(1));
}

RepeatPage find_repeatable(sql::Connection& db, RunSearch const& search) {
  auto found = search_runs(db, search);
  RepeatPage page;
  page.next = found.next;
  for (auto& run : found.runs) {
    auto const why = left_out(db, run.no);
    if (why == LeftOut::none)
      page.runs.push_back(std::move(run));
    else
      ++page.left_out[why];
  }
  return page;
}

NewRun repetition_of(RunRow const& old, domain::Trigger how) {
  NewRun row;
  row.pipeline = old.pipeline;
  if (how == domain::Trigger::retry) row.revision = old.revision;
  row.trigger = how;
  row.retry_of = old.no;
  row.seq = old.seq;
  row.inputs = old.inputs;
  row.params = old.params;
  return row;
}

std::optional<RunRef> repeat_run(sql::Connection& db, RunNo no, domain::Trigger how, core::Wall now) {
  auto const old = load_run(db, no);
  if (!old || left_out(db, no) != LeftOut::none) return std::nullopt;
  return insert_run(db, repetition_of(*old, how), now);
}

BackfillPage find_unhandled(sql::Connection& db, BackfillSearch const& search) {
  BackfillPage page;
  auto rows = page_items(db, search.source, {}, search.after, search.limit);
  if (rows.size() == search.limit) page.next = rows.back().key;
  for (auto& row : rows) {
    if (!search.accepts(row.key) || row.missing != 0) continue;
    if (search.since && row.version.mtime_ns < core::to_ms(*search.since) * ns_per_ms) continue;
    if (is_handled(db, search.pipeline, search.source, row)) {
      ++page.handled;
      continue;
    }
    page.items.push_back(std::move(row));
    if (page.items.size() == search.most) {
      page.next = page.items.back().key;
      break;
    }
  }
  return page;
}

std::vector<std::optional<RunNo>> backfill(sql::Connection& db, SourceId source, PipelineId pipeline,
                                           std::vector<std::string> const& keys, std::vector<RunNo>& stale,
                                           core::Wall now) {
  auto const from = load_source(db, source);
  Transitions transitions(db, now);
  std::vector<std::optional<RunNo>> made;
  for (auto const& key : keys) {
    made.emplace_back();
    auto const row = find_item(db, source, key);
    if (!row || is_handled(db, pipeline, source, *row)) continue;
    ItemVersion const item{source, from.root, row->key, row->version, row->hash, row->seq};
    made.back() = backfill_run(transitions, pipeline, item, stale);
  }
  transitions.save();
  return made;
}

}  // namespace store
