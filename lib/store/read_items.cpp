#include "store/inventory.hpp"
#include "store/read_models.hpp"
#include "store/transitions.hpp"

namespace store {
namespace {

using sql::Blob;

DecisionDetail decision_row(sql::Row const& row) {
  DecisionDetail detail;
  detail.pipeline = row.text(0);
  detail.seq = row.integer(1);
  detail.decision = row.text(2);
  detail.reason = reason_of(row.text(3));
  detail.decided = core::from_ms(row.integer(4));
  if (auto const no = row.optional_integer(5)) detail.run = RunNo{*no};
  detail.run_id = row.text_or_empty(6);
  if (auto const state = row.optional_text(7)) detail.run_state = state_of(*state);
  if (auto const reason = row.optional_text(8)) detail.run_reason = reason_of(*reason);
  return detail;
}

FeedRow feed_row(sql::Row const& row) {
  FeedRow entry;
  entry.seq = row.integer(0);
  entry.at = core::from_ms(row.integer(1));
  entry.event = row.text(2);
  entry.run_id = row.text(3);
  entry.pipeline = row.text(4);
  entry.run = {row.integer(5)};
  entry.state = state_of(row.text(6));
  return entry;
}

}  // namespace

ItemDetail item_detail(sql::Connection& db, SourceId source, std::string const& key, std::size_t limit) {
  ItemDetail detail;
  detail.item = find_item(db, source, key);
  if (auto const ms = db.integer("SELECT seen_ms FROM item WHERE source_id = ? AND key = ?", source.value, Blob{key}))
    detail.seen = core::from_ms(*ms);
  auto const count = static_cast<std::int64_t>(limit);
  // CROSS JOIN: pipelines first, then each one's decisions by the primary key.
  db.each(
      "SELECT p.name, d.seq, d.decision, d.reason, d.at_ms, d.run_no, r.run_id, r.state, r.reason FROM pipeline p"
      " CROSS JOIN decision d ON d.pipeline_id = p.pipeline_id LEFT JOIN run r ON r.run_no = d.run_no"
      " WHERE d.source_id = ? AND d.key = ? ORDER BY d.seq DESC, p.name LIMIT ?",
      [&detail](sql::Row const& row) { detail.decisions.push_back(decision_row(row)); }, source.value, Blob{key},
      count);
  db.each(
      "SELECT seq, kind, at_ms FROM change WHERE source_id = ? AND key = ? ORDER BY seq DESC LIMIT ?",
      [&detail](sql::Row const& row) {
        detail.changes.push_back({row.integer(0), row.text(1), core::from_ms(row.integer(2))});
      },
      source.value, Blob{key}, count);
  return detail;
}

std::vector<SourceDetail> list_sources(sql::Connection& db) {
  std::vector<SourceDetail> sources;
  db.each("SELECT source_id, kind, root, uri, baseline_ms FROM source ORDER BY root", [&sources](sql::Row const& row) {
    sources.push_back({{row.integer(0)}, row.text(1), row.blob(2), row.text(3), core::from_ms(row.integer(4))});
  });
  return sources;
}

std::vector<PipelineFile> list_pipeline_files(sql::Connection& db) {
  std::vector<PipelineFile> files;
  db.each("SELECT file, pipeline, first_seen_ms, read_ms, diagnostics, sha256 FROM pipeline_file ORDER BY file",
          [&files](sql::Row const& row) {
            files.push_back({row.text(0), row.text_or_empty(1), core::from_ms(row.integer(2)),
                             core::from_ms(row.integer(3)), row.text_or_empty(4), row.text(5)});
          });
  return files;
}

std::vector<StateCount> count_runs(sql::Connection& db) {
  std::vector<StateCount> counts;
  db.each("SELECT state, sum(runs) FROM run_count GROUP BY state HAVING sum(runs) > 0", [&counts](sql::Row const& row) {
    counts.push_back({{}, state_of(row.text(0)), row.integer(1)});
  });
  return counts;
}

std::vector<StateCount> count_by_pipeline(sql::Connection& db) {
  std::vector<StateCount> counts;
  db.each(
      "SELECT p.name, c.state, c.runs FROM run_count c JOIN pipeline p USING(pipeline_id) WHERE c.runs > 0"
      " ORDER BY p.name",
      [&counts](sql::Row const& row) {
        counts.push_back({row.text(0), state_of(row.text(1)), row.integer(2)});
      });
  return counts;
}

std::vector<StateCount> count_unfinished(sql::Connection& db) {
  auto counts = count_by_pipeline(db);
  std::erase_if(counts, [](StateCount const& count) { return domain::is_end(count.state); });
  return counts;
}

std::vector<HeldReason> held_reasons(sql::Connection& db) {
  std::vector<HeldReason> held;
  // SQLite takes the bare column from the row with the smallest run_no.
  db.each("SELECT reason, count(*), min(run_no), detail FROM run WHERE state = 'held' GROUP BY reason ORDER BY 3",
          [&held](sql::Row const& row) {
            held.push_back({reason_of(row.text(0)), row.integer(1), {row.integer(2)}, row.text_or_empty(3)});
          });
  return held;
}

std::vector<FeedRow> feed_after(sql::Connection& db, std::int64_t after, std::size_t limit) {
  std::vector<FeedRow> rows;
  db.each(
      "SELECT f.seq, f.at_ms, f.event, r.run_id, p.name, f.run_no, f.state FROM feed f JOIN run r USING(run_no)"
      " JOIN pipeline p ON p.pipeline_id = f.pipeline_id WHERE f.seq > ? ORDER BY f.seq LIMIT ?",
      [&rows](sql::Row const& row) { rows.push_back(feed_row(row)); }, after, static_cast<std::int64_t>(limit));
  return rows;
}

std::int64_t feed_end(sql::Connection& db) {
  return db.integer("SELECT max(seq) FROM feed").value_or(0);
}

FeedBounds feed_bounds(sql::Connection& db) {
  // One statement, so that the three are of one moment.
  return db
      .first(
          "SELECT (SELECT value FROM meta WHERE name = 'feed_id'), coalesce((SELECT min(seq) FROM feed), value + 1),"
          " value FROM counter WHERE name = 'feed'",
          [](sql::Row const& row) {
            return FeedBounds{row.text(0), row.integer(1), row.integer(2)};
          })
      .value();
}

std::int64_t count_waiting(sql::Connection& db) {
  return db.integer("SELECT sum(runs) FROM run_count WHERE state IN ('queued', 'held', 'retry_wait')").value_or(0);
}

}  // namespace store
