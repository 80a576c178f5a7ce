#include <gmock/gmock.h>

#include "store/read_models.hpp"
#include "store/run_search.hpp"
#include "store_fixture.hpp"

namespace store {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t many = 100'000;
constexpr std::int64_t some = 20'000;  // enough to tell a scan from a look-up

/// Very many rows of one kind. Plans are judged by what SQLite counted while it ran the statement
/// (sqlite.org/stmt.html), not by time.
class Scale : public StoreTest {
 protected:
  Scale() {
    domain::OutputSpec n;
    n.name = "n";
    n.type = domain::ValueType::integer;
    qc = pipeline("qc", {n});
    other = pipeline("other");
  }
  void add_runs(std::int64_t rows, std::string const& state, bool replaced = false) {
    commit([&] {
      auto const first = count("SELECT value FROM counter WHERE name = 'run'");
      db.run(
          "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ?1)"
          " INSERT INTO run(run_no, run_id, pipeline_id, state, trigger, source_id, key, seq, place,"
          " queued_ms, replaced_by)"
          " SELECT ?2 + n, printf('%026d', ?2 + n), ?3, ?4, 'change', ?5, CAST('f' || n AS BLOB), ?2 + n, ?2 + n, 1,"
          " CASE WHEN ?6 AND n < ?1 THEN ?2 + n + 1 END FROM c",
          rows, first, qc.value, state, source.id.value, replaced);
      db.run(
          "INSERT INTO run_output(run_no, name, type, value) SELECT run_no, 'n', 'int', seq FROM run "
          " WHERE state = 'succeeded' AND run_no > ?",
          first);
      db.run("UPDATE counter SET value = value + ? WHERE name = 'run'", rows);
      recount();
    });
  }
  /// Rows stepped over in full scans, sorts, and virtual machine steps of all statements whose text has `part`, since
  /// they were made.
  struct Cost {
    std::int64_t scanned = 0, sorts = 0, steps = 0;
  };
  Cost cost(std::string const& part) {
    return db
        .first(
            "SELECT coalesce(sum(nscan), 0), coalesce(sum(nsort), 0), coalesce(sum(nstep), 0) FROM sqlite_stmt WHERE "
            "instr(sql, ?)"
            " AND NOT instr(sql, 'sqlite_stmt')",
            [](sql::Row const& row) {
              return Cost{row.integer(0), row.integer(1), row.integer(2)};
            },
            part)
        .value();
  }
  std::string plan(std::string const& sql) {
    std::string lines;
    db.each("EXPLAIN QUERY PLAN " + sql, [&lines](sql::Row const& row) { lines += row.text(3) + "\n"; });
    return lines;
  }
  PipelineId qc, other;
};

TEST_F(Scale, the_newest_fifty_results_come_from_the_index) {
  add_runs(many, "succeeded");
  ResultFilter filter;
  filter.pipeline = "qc";
  EXPECT_EQ(results(db, filter)->rows.size(), 50);
  auto const spent = cost("v1_p_qc");
  EXPECT_EQ(spent.sorts, 0);
  EXPECT_LT(spent.steps, 20'000);
  auto const lines = plan("SELECT * FROM v1_p_qc ORDER BY seq DESC, run_no DESC LIMIT 50");
  EXPECT_THAT(lines, HasSubstr("USING INDEX run_newest "));
  EXPECT_THAT(lines, HasSubstr("CORRELATED SCALAR SUBQUERY"));
  EXPECT_THAT(lines, Not(HasSubstr("TEMP B-TREE")));
  EXPECT_THAT(plan("SELECT * FROM v1_p_qc_history ORDER BY seq DESC, run_no DESC LIMIT 50"),
              HasSubstr("USING INDEX run_good "));
}

TEST_F(Scale, one_item_with_a_long_history_is_one_row_at_once) {
  add_runs(some, "succeeded", true);
  ResultFilter filter;
  filter.pipeline = "qc";
  EXPECT_EQ(results(db, filter)->rows.size(), 1);
  EXPECT_LT(cost("v1_p_qc").steps, 5'000) << "replaced runs are not in the index of the newest";
}

TEST_F(Scale, the_queues_head_costs_the_same_however_long_it_is) {
  add_runs(many, "queued");
  EXPECT_EQ(startable_runs(db, at(1), {}, 8).size(), 8);
  auto const spent = cost("ORDER BY place");
  EXPECT_EQ(spent.scanned, 0);
  EXPECT_EQ(spent.sorts, 0);
  EXPECT_LT(spent.steps, 1'000);
  EXPECT_THAT(startable_runs(db, at(1), {qc}, 8), testing::IsEmpty());
  EXPECT_LT(cost("ORDER BY place").steps, 1'000) << "a full pipeline's queue is not looked at";
  EXPECT_FALSE(next_due(db, at(1)));
  EXPECT_LT(cost("min(due)").steps, 1'000);
  EXPECT_EQ(commit([&] { return requeue_due_held(db, at(1)); }), 0);
  EXPECT_LT(cost("state = 'held'").steps, 1'000);
}

TEST_F(Scale, a_change_finds_what_waits_for_its_file_at_once) {
  add_runs(some, "queued");
  EXPECT_EQ(intake(difference("f500", version(2000), {match(qc)})).runs, 1);
  EXPECT_EQ(state(500), "outdated input_changed");
  EXPECT_LT(cost("trigger IN ('change', 'existing', 'backfill') ORDER BY run_no").steps, 1'000);
}

TEST_F(Scale, a_result_finds_the_one_it_replaces_at_once) {
  add_runs(some, "succeeded", true);
  intake(difference("f20000", version(2000), {match(qc)}));
  succeed({some + 1});
  EXPECT_LT(cost("b.source_id IS a.source_id").steps, 1'000);
  EXPECT_LT(cost("SET replaced_by = ?1 FROM").steps, 1'000);
}

TEST_F(Scale, a_page_of_runs_costs_the_same_under_each_filter) {
  add_runs(some, "succeeded");
  add_runs(some, "failed");
  commit([&] {
    db.run("UPDATE run SET pipeline_id = ? WHERE run_no < 300", other.value);
    recount();
  });
  for (auto const* const text :
       {"", "pipeline:qc", "state:failed", "pipeline:qc state:failed", "pipeline:other state:succeeded"}) {
    RunSearch search;
    search.query = domain::parse_run_query(text, at(1)).value();
    search.before = RunNo{2 * some - 7};
    EXPECT_EQ(search_runs(db, search).runs.size(), 50) << text;
  }
  auto const spent = cost("ORDER BY r.run_no DESC");
  EXPECT_EQ(spent.sorts, 0);
  EXPECT_LT(spent.steps, 50'000);
}

TEST_F(Scale, a_search_for_what_there_is_not_looks_at_each_run_once) {
  add_runs(some, "succeeded");
  RunSearch search;
  search.query = domain::parse_run_query("since:1s out.n>1000000", at(100'000)).value();
  search.patience = std::chrono::hours(1);
  EXPECT_TRUE(search_runs(db, search).complete);
  EXPECT_EQ(cost("ORDER BY r.run_no DESC").steps, 0) << "nothing is that young, so nothing is looked at";
  search.query = domain::parse_run_query("out.n>1000000", at(4)).value();
  EXPECT_TRUE(search_runs(db, search).complete);
  EXPECT_LT(cost("ORDER BY r.run_no DESC").steps, 40 * some);
}

TEST_F(Scale, start_up_looks_only_at_what_is_unfinished) {
  add_runs(some, "succeeded");
  EXPECT_THAT(unfinished_runs(db), testing::IsEmpty());
  EXPECT_LT(cost("UNION SELECT run_no FROM attempt").steps, 1'000);
}

TEST_F(Scale, an_item_is_found_by_its_key_in_the_view_of_items) {
  commit([&] {
    db.run(
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ?)"
        " INSERT INTO item(source_id, key, size, mtime_ns, ctime_ns, ino, seq, seen_ms)"
        " SELECT ?, CAST('f' || n AS BLOB), 1, 1, 1, n, 0, 1 FROM c",
        some, source.id.value);
  });
  EXPECT_EQ(text("SELECT reason FROM v1_items WHERE key_raw = CAST('f500' AS BLOB)"), "not_matched");
  EXPECT_LT(cost("v1_items WHERE key_raw").steps, 2'000);
}

}  // namespace
}  // namespace store
