#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "domain/pipeline.hpp"
#include "sql/connection.hpp"
#include "sql/transaction.hpp"
#include "store/intake.hpp"
#include "store/pipelines.hpp"
#include "store/runs.hpp"
#include "store/schema.hpp"
#include "support/temp_dir.hpp"

namespace store {

inline core::Wall at(std::int64_t seconds) {
  return core::from_ms(seconds * 1000);
}

/// A real database in a folder of its own, one source with baseline at(1000), and pipelines as needed. Changed directly
/// on one connection: what the writer adds is tested in writer_test and database_test.
class StoreTest : public testing::Test {
 protected:
  PipelineId pipeline(std::string const& name = "qc", std::vector<domain::OutputSpec> outputs = {},
                      std::string const& yaml = "v1") {
    domain::PipelineSpec spec;
    spec.name = name;
    spec.outputs = std::move(outputs);
    return register_revision(db, spec, yaml, "{}", at(500), at(2000)).value().id;
  }
  static Match match(PipelineId id) {
    Match match;
    match.pipeline = id;
    match.first_seen = at(500);
    return match;
  }
  static domain::Version version(std::int64_t second, std::int64_t size = 10) {
    auto const ns = second * 1'000'000'000;
    return {size, ns, ns, 77};
  }
  static domain::ContentHash hash(unsigned char byte) {
    domain::ContentHash hash{};
    hash.fill(byte);
    return hash;
  }
  Difference difference(std::string key, std::optional<domain::Version> found, std::vector<Match> matches = {},
                        std::optional<domain::ContentHash> content = {}) {
    return {std::move(key), found, content, std::move(matches), at(1500)};
  }
  /// As the writer does it: in a transaction, undone by an exception.
  template <class Op>
  auto commit(Op op) {
    sql::Transaction transaction(db);
    if constexpr (std::is_void_v<decltype(op())>) {
      op();
      transaction.commit();
    } else {
      auto result = op();
      transaction.commit();
      return result;
    }
  }
  IntakeResult intake(std::vector<Difference> const& differences, core::Wall now = at(3000)) {
    return commit([&] { return commit_differences(db, source.id, differences, now); });
  }
  IntakeResult intake(Difference one, core::Wall now = at(3000)) { return intake(std::vector{std::move(one)}, now); }

  std::int64_t count(std::string const& sql) { return db.integer(sql).value(); }
  std::string text(std::string const& sql) {
    return db.first(sql, [](sql::Row const& row) { return row.is_null(0) ? "NULL" : row.text(0); })
        .value_or("(no row)");
  }
  std::string state(std::int64_t no) {
    return text("SELECT state || ' ' || reason FROM run WHERE run_no = " + std::to_string(no));
  }
  /// "decision reason" of the item's newest decision.
  std::string decision() { return text("SELECT decision || ' ' || reason FROM decision ORDER BY seq DESC LIMIT 1"); }
  /// Brings a queued run to `collecting` with one attempt.
  void start(RunNo no, core::Wall now = at(4000)) {
    commit([&] {
      ASSERT_TRUE(claim_run(db, no, now));
      AttemptRow attempt;
      attempt.run = no;
      attempt.number = load_run(db, no)->attempts + 1;
      attempt.container_name = "tw-" + std::to_string(no.value) + "-" + std::to_string(attempt.number);
      ASSERT_TRUE(open_attempt(db, attempt, now));
      set_step(db, no, attempt.number, domain::Step::created, "c0ffee", now);
      set_step(db, no, attempt.number, domain::Step::running, {}, now);
      ASSERT_TRUE(
          move_run(db, no, domain::RunState::starting, domain::RunState::running, domain::Reason::none, {}, now));
      set_exited(db, no, attempt.number, good_end(), now);
    });
  }
  static AttemptEnd good_end() {
    AttemptEnd end;
    end.outcome = domain::RunState::succeeded;
    end.reason = domain::Reason::exit_zero;
    end.exit_code = 0;
    end.cpu_ms = 1500;
    end.max_rss_bytes = 1 << 20;
    return end;
  }
  void succeed(RunNo no, std::vector<OutputRow> const& outputs = {}, core::Wall now = at(5000)) {
    start(no);
    commit([&] {
      publish(db, no, load_run(db, no)->attempts, good_end(), domain::RunState::succeeded, outputs, {}, {}, now);
    });
  }
  /// The feed has every number from 1 on, and as many as the counter says.
  void expect_no_gaps(std::string const& table, std::string const& column, std::string const& counter) {
    auto const rows = count("SELECT count(*) FROM " + table);
    EXPECT_EQ(count("SELECT coalesce(max(" + column + "), 0) FROM " + table), rows) << table;
    EXPECT_EQ(count("SELECT value FROM counter WHERE name = '" + counter + "'"), rows) << table;
  }
  /// After runs were put in by SQL.
  void recount() {
    db.run("DELETE FROM run_count");
    db.run("INSERT INTO run_count SELECT pipeline_id, state, count(*) FROM run GROUP BY pipeline_id, state");
  }
  void TearDown() override {
    EXPECT_EQ(count("SELECT count(*) FROM (SELECT pipeline_id, state, runs FROM run_count WHERE runs <> 0 EXCEPT"
                    " SELECT pipeline_id, state, count(*) FROM run GROUP BY pipeline_id, state)"),
              0);
    EXPECT_EQ(count("SELECT coalesce(sum(runs), 0) - (SELECT count(*) FROM run) FROM run_count"), 0);
    expect_no_gaps("feed", "seq", "feed");
    expect_no_gaps("change", "seq", "change");
    expect_no_gaps("run", "run_no", "run");
    EXPECT_EQ(text("PRAGMA integrity_check"), "ok");
    EXPECT_FALSE(db.first("PRAGMA foreign_key_check", [](sql::Row const&) { return 0; }));
  }

  support::TempDir dir;
  sql::Connection db{dir / "tidewheel.db", sql::Mode::read_write};
  SourceRow source = [this] {
    prepare_schema(db);
    return ensure_source(db, "/srv/data", at(1000), at(1000));
  }();
};

}  // namespace store
