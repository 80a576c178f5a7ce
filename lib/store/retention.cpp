#include "store/retention.hpp"

#include <limits>

#include "domain/spec_json.hpp"
#include "store/pipelines.hpp"

namespace store {

namespace {

// Each is answered from its partial index: what has been removed is never looked at again.
constexpr std::string_view logs_sql =
    "SELECT r.run_no, r.run_id, r.pipeline_id, p.name, r.finished_ms, r.attempts, r.pinned_ms IS NOT NULL, 0"
    " FROM run r INDEXED BY run_with_log JOIN pipeline p USING(pipeline_id)"
    " WHERE r.finished_ms IS NOT NULL AND r.attempts > 0 AND r.log_removed_ms IS NULL AND r.finished_ms < ?1"
    " AND (r.finished_ms, r.run_no) > (?2, ?3) ORDER BY r.finished_ms, r.run_no LIMIT ?4";
constexpr std::string_view artifacts_sql =
    "SELECT r.run_no, r.run_id, r.pipeline_id, p.name, r.finished_ms, r.attempts, r.pinned_ms IS NOT NULL,"
    " (SELECT coalesce(sum(a.size), 0) FROM artifact a WHERE a.run_no = r.run_no)"
    " FROM run r INDEXED BY run_with_artifacts JOIN pipeline p USING(pipeline_id)"
    " WHERE r.finished_ms IS NOT NULL AND r.attempts > 0 AND r.artifacts_removed_ms IS NULL AND r.finished_ms < ?1"
    " AND (r.finished_ms, r.run_no) > (?2, ?3) ORDER BY r.finished_ms, r.run_no LIMIT ?4";

}  // namespace

std::vector<LeftoverRow> find_leftovers(sql::Connection& db, LeftoverKind kind,
                                        std::optional<LeftoverCursor> const& after, core::Wall before,
                                        std::size_t limit) {
  std::vector<LeftoverRow> rows;
  auto const finished = after ? core::to_ms(after->finished) : std::numeric_limits<std::int64_t>::min();
  db.each(
      kind == LeftoverKind::log ? logs_sql : artifacts_sql,
      [&rows](sql::Row const& row) {
        rows.push_back({{row.integer(0)},
                        row.text(1),
                        {row.integer(2)},
                        row.text(3),
                        core::from_ms(row.integer(4)),
                        row.integer(5),
                        row.integer(6) != 0,
                        row.integer(7)});
      },
      core::to_ms(before), finished, after ? after->no.value : 0, static_cast<std::int64_t>(limit));
  return rows;
}

std::set<RunNo> newest_good(sql::Connection& db, PipelineId pipeline, std::int64_t count) {
  std::set<RunNo> runs;
  db.each(
      "SELECT run_no FROM run WHERE pipeline_id = ? AND state = 'succeeded' ORDER BY seq DESC, run_no DESC LIMIT ?",
      [&runs](sql::Row const& row) { runs.insert({row.integer(0)}); }, pipeline.value, count);
  return runs;
}

void mark_removed(sql::Connection& db, LeftoverKind kind, std::vector<RunNo> const& runs, core::Wall now) {
  for (auto const& run : runs)
    if (kind == LeftoverKind::log)
      db.run("UPDATE run SET log_removed_ms = ? WHERE run_no = ?", core::to_ms(now), run.value);
    else
      db.run(
          "UPDATE run SET artifacts_removed_ms = CASE WHEN EXISTS(SELECT 1 FROM artifact a WHERE a.run_no = run.run_no)"
          " THEN ? ELSE 0 END WHERE run_no = ?",
          core::to_ms(now), run.value);
}

bool pin_run(sql::Connection& db, RunNo no, std::string const& by, core::Wall now) {
  return db.run(
             "UPDATE run SET pinned_ms = coalesce(pinned_ms, ?), pinned_by = coalesce(pinned_by, ?) WHERE run_no = ?",
             core::to_ms(now), by, no.value) > 0;
}

bool unpin_run(sql::Connection& db, RunNo no) {
  return db.run("UPDATE run SET pinned_ms = NULL, pinned_by = NULL WHERE run_no = ?", no.value) > 0;
}

Keeping keeping_of(sql::Connection& db, RunNo no) {
  auto const read = [](sql::Row const& row) {
    auto const time = [&row](int column) {
      auto const ms = row.optional_integer(column);
      return ms ? std::optional(core::from_ms(*ms)) : std::nullopt;
    };
    Keeping keeping;
    keeping.pinned = time(0);
    keeping.log_removed = time(1);
    keeping.artifacts_removed = time(2);
    keeping.pinned_by = row.text_or_empty(3);
    return keeping;
  };
  auto found =
      db.first("SELECT pinned_ms, log_removed_ms, nullif(artifacts_removed_ms, 0), pinned_by FROM run WHERE run_no = ?",
               read, no.value);
  return found.value_or(Keeping());
}

std::vector<PulledImage> unused_images(sql::Connection& db, core::Wall before) {
  std::set<std::string> named;
  for (auto const& pipeline : list_pipelines(db))
    if (pipeline.state != "retired")
      if (auto const spec = domain::spec_from_json(pipeline.spec)) named.insert(spec->image);
  std::vector<PulledImage> unused;
  db.each(
      "SELECT reference, image_id, coalesce(used_ms, pulled_ms) AS at FROM pulled_image WHERE at < ?"
      " AND image_id NOT IN (SELECT image_id FROM run WHERE image_id IS NOT NULL"
      " AND state IN ('queued', 'held', 'pulling', 'starting', 'running', 'collecting', 'retry_wait'))"
      " ORDER BY at",
      [&](sql::Row const& row) {
        PulledImage image{row.text(0), row.text(1), core::from_ms(row.integer(2)), false};
        image.named = named.contains(image.reference);
        unused.push_back(std::move(image));
      },
      core::to_ms(before));
  return unused;
}

void forget_image(sql::Connection& db, PulledImage const& image) {
  db.run("DELETE FROM pulled_image WHERE reference = ? AND image_id = ?", image.reference, image.id);
}

std::optional<core::Wall> last_retention(sql::Connection& db) {
  auto const at = db.integer("SELECT value FROM meta WHERE name = 'retention_ms'");
  return at ? std::optional(core::from_ms(*at)) : std::nullopt;
}

void keep_last_retention(sql::Connection& db, core::Wall now) {
  db.run("INSERT INTO meta(name, value) VALUES ('retention_ms', ?1) ON CONFLICT DO UPDATE SET value = ?1",
         core::to_ms(now));
}

}  // namespace store
