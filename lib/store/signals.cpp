#include "store/signals.hpp"

#include "store/transitions.hpp"
#include "store/value_columns.hpp"

namespace store {
namespace {

using core::Wall;

std::optional<Wall> time_at(sql::Row const& row, int column) {
  auto const ms = row.optional_integer(column);
  return ms ? std::optional(core::from_ms(*ms)) : std::nullopt;
}
std::optional<std::int64_t> ms_of(std::optional<Wall> const& at) {
  return at ? std::optional(core::to_ms(*at)) : std::nullopt;
}

PipelineMark mark_row(sql::Row const& row) {
  return {{row.integer(0)}, {row.integer(1)}, row.text(2) == "live"};
}

}  // namespace

std::optional<std::int64_t> notify_cursor(sql::Connection& db) {
  return db.integer("SELECT value FROM meta WHERE name = 'notify_seq'");
}

void set_notify_cursor(sql::Connection& db, std::int64_t seq) {
  db.run("INSERT INTO meta(name, value) VALUES ('notify_seq', ?1) ON CONFLICT DO UPDATE SET value = ?1", seq);
}

RunEnds run_ends(sql::Connection& db, std::int64_t after, std::size_t limit) {
  RunEnds found;
  found.last = after;
  std::size_t seen = 0;
  db.each(
      "SELECT seq, at_ms, run_no, pipeline_id, state FROM feed WHERE seq > ? ORDER BY seq LIMIT ?",
      [&](sql::Row const& row) {
        ++seen;
        found.last = row.integer(0);
        auto const state = state_of(row.text(4));
        if (domain::is_end(state))
          found.ends.push_back({found.last, core::from_ms(row.integer(1)), {row.integer(2)}, {row.integer(3)}, state});
      },
      after, static_cast<std::int64_t>(limit));
  found.more = seen == limit;
  return found;
}

Health load_health(sql::Connection& db, PipelineId pipeline) {
  auto const found = db.first(
      "SELECT good_ms, good_seq, good_run_no, failing_run_no, failing_ms, expect_rule, expect_since_ms, expected_ms,"
      " overdue_ms FROM pipeline_health WHERE pipeline_id = ?",
      [](sql::Row const& row) {
        Health health;
        health.good_at = time_at(row, 0);
        health.good_seq = row.optional_integer(1).value_or(-1);
        health.good_run = {row.optional_integer(2).value_or(0)};
        if (auto const no = row.optional_integer(3)) health.failing_run = RunNo{*no};
        health.failing_at = time_at(row, 4);
        health.rule = row.text_or_empty(5);
        health.expectation = {time_at(row, 6).value_or(Wall()), time_at(row, 7).value_or(Wall()), time_at(row, 8)};
        return health;
      },
      pipeline.value);
  auto health = found.value_or(Health());
  health.pipeline = pipeline;
  return health;
}

void save_health(sql::Connection& db, Health const& health) {
  bool const good = health.good_seq >= 0;
  bool const expects = !health.rule.empty();
  auto const if_expected = [expects](Wall at) { return expects ? std::optional(core::to_ms(at)) : std::nullopt; };
  db.run(
      "INSERT OR REPLACE INTO pipeline_health(pipeline_id, good_ms, good_seq, good_run_no, failing_run_no, failing_ms,"
      " expect_rule, expect_since_ms, expected_ms, overdue_ms) VALUES (?, ?, ?, ?, ?, ?, nullif(?, ''), ?, ?, ?)",
      health.pipeline.value, ms_of(health.good_at), good ? std::optional(health.good_seq) : std::nullopt,
      good ? std::optional(health.good_run.value) : std::nullopt,
      health.failing_run ? std::optional(health.failing_run->value) : std::nullopt, ms_of(health.failing_at),
      health.rule, if_expected(health.expectation.since), if_expected(health.expectation.expected),
      expects ? ms_of(health.expectation.overdue) : std::nullopt);
}

std::map<std::string, domain::Bound> open_alerts(sql::Connection& db, PipelineId pipeline) {
  std::map<std::string, domain::Bound> open;
  db.each(
      "SELECT output, bound FROM alert WHERE pipeline_id = ?",
      [&open](sql::Row const& row) {
        open.emplace(row.text(0), row.text(1) == "above" ? domain::Bound::above : domain::Bound::below);
      },
      pipeline.value);
  return open;
}

void set_alert(sql::Connection& db, PipelineId pipeline, std::string const& output,
               std::optional<domain::Bound> const& bound, RunNo run, Wall since) {
  if (!bound) {
    db.run("DELETE FROM alert WHERE pipeline_id = ? AND output = ?", pipeline.value, output);
    return;
  }
  db.run("INSERT OR REPLACE INTO alert(pipeline_id, output, bound, run_no, since_ms) VALUES (?, ?, ?, ?, ?)",
         pipeline.value, output, domain::to_string(*bound), run.value, core::to_ms(since));
}

void clear_alerts(sql::Connection& db, PipelineId pipeline) {
  db.run("DELETE FROM alert WHERE pipeline_id = ?", pipeline.value);
}

std::optional<Wall> nth_newest_arrival(sql::Connection& db, PipelineId pipeline, int nth) {
  auto const ms = db.integer(
      "SELECT c.at_ms FROM (SELECT seq FROM run WHERE pipeline_id = ? AND state = 'succeeded' AND replaced_by IS NULL"
      " AND seq > 0 ORDER BY seq DESC LIMIT 1 OFFSET ?) r JOIN change c ON c.seq = r.seq",
      pipeline.value, nth - 1);
  return ms ? std::optional(core::from_ms(*ms)) : std::nullopt;
}

std::optional<RunNo> newest_good_run(sql::Connection& db, PipelineId pipeline) {
  auto const no = db.integer(
      "SELECT run_no FROM run WHERE pipeline_id = ? AND state = 'succeeded' ORDER BY seq DESC, run_no DESC LIMIT 1",
      pipeline.value);
  return no ? std::optional(RunNo{*no}) : std::nullopt;
}

std::optional<RunEnd> newest_telling_end(sql::Connection& db, PipelineId pipeline) {
  std::optional<RunEnd> newest;
  db.each(
      "SELECT run_no, state, finished_ms FROM run WHERE pipeline_id = ? ORDER BY run_no DESC LIMIT 100",
      [&](sql::Row const& row) {
        auto const state = state_of(row.text(1));
        auto const at = time_at(row, 2);
        if (!at || (state != domain::RunState::succeeded && !domain::is_failure(state))) return;
        if (!newest || *at > newest->at) newest = RunEnd{0, *at, {row.integer(0)}, pipeline, state};
      },
      pipeline.value);
  return newest;
}

std::vector<PipelineMark> pipeline_marks(sql::Connection& db) {
  std::vector<PipelineMark> marks;
  db.each("SELECT pipeline_id, revision_id, state FROM pipeline WHERE revision_id IS NOT NULL",
          [&marks](sql::Row const& row) { marks.push_back(mark_row(row)); });
  return marks;
}

std::optional<PipelineMark> pipeline_mark(sql::Connection& db, PipelineId id) {
  return db.first(
      "SELECT pipeline_id, revision_id, state FROM pipeline WHERE pipeline_id = ? AND revision_id IS NOT NULL",
      mark_row, id.value);
}

std::vector<PipelineId> due_pipelines(sql::Connection& db, Wall now) {
  std::vector<PipelineId> due;
  db.each(
      "SELECT pipeline_id FROM pipeline_health WHERE overdue_ms IS NULL AND expected_ms <= ?",
      [&due](sql::Row const& row) { due.push_back({row.integer(0)}); }, core::to_ms(now));
  return due;
}

std::optional<Wall> next_expected(sql::Connection& db) {
  auto const ms = db.integer("SELECT min(expected_ms) FROM pipeline_health WHERE overdue_ms IS NULL");
  return ms ? std::optional(core::from_ms(*ms)) : std::nullopt;
}

std::optional<RunFacts> run_facts(sql::Connection& db, RunNo run) {
  auto facts = db.first(
      "SELECT r.run_id, r.revision_id, r.state, r.reason, r.detail, r.seq, r.started_ms, r.finished_ms, i.uri FROM run "
      "r"
      " LEFT JOIN run_input i ON i.run_no = r.run_no AND i.position = 0 WHERE r.run_no = ?",
      [](sql::Row const& row) {
        RunFacts found;
        found.id = row.text(0);
        if (auto const id = row.optional_integer(1)) found.revision = RevisionId{*id};
        found.state = state_of(row.text(2));
        found.reason = reason_of(row.text(3));
        found.detail = row.text_or_empty(4);
        found.seq = row.integer(5);
        found.started = time_at(row, 6);
        found.finished = time_at(row, 7);
        found.input_uri = row.text_or_empty(8);
        return found;
      },
      run.value);
  if (!facts) return facts;
  db.each(
      "SELECT name, type, value, unit FROM run_output WHERE run_no = ? ORDER BY name LIMIT 200",
      [&facts](sql::Row const& row) {
        auto const type = value_type_of(row.text(1));
        facts->outputs.push_back({row.text(0), type, value_at(row, 2, type), row.text_or_empty(3)});
      },
      run.value);
  return facts;
}

std::vector<StageTime> stage_times(sql::Connection& db, RunNo run) {
  std::vector<StageTime> times;
  // A clock that was set back gives no negative times. An object has no ctime.
  db.each(
      "SELECT 'settling', max(0, c.at_ms - iif(c.ctime_ns > 0, c.ctime_ns, c.mtime_ns) / 1000000) FROM run r"
      " JOIN change c ON c.seq = r.seq WHERE r.run_no = ?1 AND r.trigger = 'change'"
      " UNION ALL SELECT name, max(0, ended_ms - began_ms) FROM stage WHERE run_no = ?1 AND ended_ms IS NOT NULL",
      [&times](sql::Row const& row) {
        times.push_back({row.text(0), std::chrono::milliseconds(row.integer(1))});
      },
      run.value);
  return times;
}

}  // namespace store
