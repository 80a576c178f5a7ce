#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <tuple>

#include "store/database.hpp"
#include "store/intake.hpp"
#include "store/pipelines.hpp"
#include "store/runs.hpp"
#include "store/schema.hpp"
#include "support/faulty_vfs.hpp"
#include "support/run_coro.hpp"
#include "support/temp_dir.hpp"

namespace store {
namespace {

using support::DiskFault;

core::Wall at(std::int64_t seconds) {
  return core::from_ms(seconds * 1000);
}

constexpr std::array keys{"a", "b"};

/// What the daemon was told to be committed, and what is therefore there whatever comes.
struct Told {
  std::set<std::string> changed, published;
};

/// A life of the store: two files come, each gets its run, and each run its result. It is gone through as the runner
/// goes after a crash: what is there already is not done again.
class Life {
 public:
  /// A full disk is told as well: that writing waits for room is WriterTest's.
  explicit Life(std::filesystem::path const& file) : db_(file) { db_.stop_waiting_for_room(); }
  ~Life() { db_.close(); }

  /// What fails is left out; the daemon would be told, and go on with the next one or end.
  Told live() {
    Told told;
    (void)tried([](sql::Connection& db) {
      domain::PipelineSpec spec;
      spec.name = "qc";
      domain::OutputSpec n;
      n.name = "n";
      n.type = domain::ValueType::integer;
      spec.outputs = {n};
      (void)ensure_source(db, "/srv", at(0), at(0));
      (void)register_revision(db, spec, "yaml", "{}", at(0), at(0)).value();
    });
    for (std::string const key : keys) {
      if (tried([&](sql::Connection& db) { change(db, key); })) told.changed.insert(key);
      if (!tried([&](sql::Connection& db) { start(db, key); })) continue;
      if (!tried([&](sql::Connection& db) { exit(db, key); })) continue;
      if (tried([&](sql::Connection& db) { publish_one(db, key); })) told.published.insert(key);
    }
    return told;
  }

 private:
  template <class Op>
  bool tried(Op op) {
    try {
      support::run_coro(io_, [&]() -> awaitable<void> {
        auto job = op;
        co_await db_.write(Lane::run, std::move(job));
      });
      return true;
    } catch (core::Failure const&) {
      return false;
    }
  }
  static std::optional<RunNo> run_of(sql::Connection& db, std::string const& key) {
    auto const no = db.integer("SELECT run_no FROM run_input WHERE key = CAST(? AS BLOB)", key);
    return no ? std::optional(RunNo{*no}) : std::nullopt;
  }
  static void change(sql::Connection& db, std::string const& key) {
    if (run_of(db, key)) return;
    auto const source = ensure_source(db, "/srv", at(0), at(0)).id;
    Match match;
    match.pipeline = {db.integer("SELECT pipeline_id FROM pipeline").value_or(0)};
    Difference const difference{key, domain::Version{1, 5, 5, 1}, std::nullopt, {match}, {}};
    (void)commit_differences(db, source, {difference}, at(5));
  }
  static RunNo must(sql::Connection& db, std::string const& key) {
    auto const no = run_of(db, key);
    if (!no) throw core::Failure({core::Errc::not_found, "its change is not there", key, {}});
    return *no;
  }
  static void start(sql::Connection& db, std::string const& key) {
    auto const no = must(db, key);
    if (!claim_run(db, no, at(6))) return;
    AttemptRow attempt;
    attempt.run = no;
    attempt.number = 1;
    attempt.container_name = "tw-" + key;
    (void)open_attempt(db, attempt, at(6));
    set_step(db, no, 1, domain::Step::running, "c0ffee", at(6));
    (void)move_run(db, no, domain::RunState::starting, domain::RunState::running, domain::Reason::none, {}, at(6));
  }
  static AttemptEnd good_end() {
    AttemptEnd end;
    end.outcome = domain::RunState::succeeded;
    end.reason = domain::Reason::exit_zero;
    end.exit_code = 0;
    return end;
  }
  static void exit(sql::Connection& db, std::string const& key) { set_exited(db, must(db, key), 1, good_end(), at(7)); }
  static void publish_one(sql::Connection& db, std::string const& key) {
    auto const no = must(db, key);
    if (load_run(db, no)->state == domain::RunState::succeeded) return;
    ArtifactRow report;
    report.name = "report.html";
    report.path = "artifacts/" + key;
    publish(db, no, 1, good_end(), domain::RunState::succeeded,
            {{"n", domain::ValueType::integer, std::int64_t{3}, {}}}, {report}, {}, at(8));
  }

  boost::asio::io_context io_{1};
  Database db_;
};

class DiskFaults : public testing::TestWithParam<std::tuple<DiskFault, bool>> {
 protected:
  static std::int64_t count(sql::Connection& db, std::string const& sql) { return db.integer(sql).value_or(-1); }

  /// What holds whatever was cut off: every transaction is there or is not.
  static void expect_whole(sql::Connection& db) {
    EXPECT_EQ(db.first("PRAGMA integrity_check", [](sql::Row const& row) { return row.text(0); }), "ok");
    EXPECT_FALSE(db.first("PRAGMA foreign_key_check", [](sql::Row const&) { return 0; }));
    for (auto const& [table, column, counter] :
         {std::tuple("feed", "seq", "feed"), std::tuple("change", "seq", "change"),
          std::tuple("run", "run_no", "run")}) {
      auto const rows = count(db, std::string("SELECT count(*) FROM ") + table);
      EXPECT_EQ(count(db, std::string("SELECT coalesce(max(") + column + "), 0) FROM " + table), rows) << table;
      EXPECT_EQ(db.integer("SELECT value FROM counter WHERE name = ?", counter), rows) << table;
    }
    EXPECT_EQ(count(db, "SELECT count(*) FROM change c WHERE NOT EXISTS (SELECT 1 FROM run r WHERE r.seq = c.seq)"), 0);
    EXPECT_EQ(count(db,
                    "SELECT count(*) FROM run WHERE (state = 'succeeded') <> "
                    "((SELECT count(*) FROM run_output o WHERE o.run_no = run.run_no) = 1)"
                    " OR (state = 'succeeded') <> ((SELECT count(*) FROM artifact a WHERE a.run_no = run.run_no) = 1)"
                    " OR (state = 'succeeded') <> ((SELECT count(*) FROM feed f WHERE f.run_no = run.run_no AND "
                    "f.state = 'succeeded') = 1)"),
              0)
        << "a result that is published by half";
    EXPECT_EQ(count(db,
                    "SELECT count(*) FROM (SELECT pipeline_id, state, runs FROM run_count WHERE runs <> 0 EXCEPT"
                    " SELECT pipeline_id, state, count(*) FROM run GROUP BY pipeline_id, state)"),
              0);
  }
  static void expect_kept(sql::Connection& db, Told const& told) {
    for (auto const& key : told.changed)
      EXPECT_EQ(db.integer("SELECT count(*) FROM run_input WHERE key = CAST(? AS BLOB)", key), 1) << key;
    for (auto const& key : told.published)
      EXPECT_EQ(db.integer("SELECT count(*) FROM run JOIN run_input i USING(run_no) WHERE i.key = CAST(? AS BLOB)"
                           " AND state = 'succeeded'",
                           key),
                1)
          << key;
  }
  static void expect_complete(std::filesystem::path const& file) {
    sql::Connection db(file, sql::Mode::read_write);
    expect_whole(db);
    EXPECT_EQ(count(db, "SELECT count(*) FROM run WHERE state = 'succeeded'"), std::int64_t(keys.size()));
    EXPECT_EQ(count(db, "SELECT count(*) FROM run"), std::int64_t(keys.size()));
  }
  /// What a daemon finds at its second start: most writes of a first one make the schema.
  void SetUp() override { Life{made / "tidewheel.db"}; }
  void copy_to(support::TempDir const& dir) const {
    std::filesystem::copy_file(made / "tidewheel.db", dir / "tidewheel.db");
  }
  /// Goes on with what a failure left, as the next start does.
  static void expect_recovery(std::filesystem::path const& file, Told const& told) {
    {
      Life again(file);
      {
        sql::Connection reader(file, sql::Mode::read_only);
        expect_whole(reader);
        expect_kept(reader, told);
      }
      EXPECT_EQ(again.live().published.size(), keys.size());
    }
    expect_complete(file);
  }

  support::FaultyVfs vfs;
  support::TempDir made;
};

TEST_P(DiskFaults, at_any_step_of_a_life_lose_nothing_that_was_told_and_leave_nothing_by_half) {
  auto const [fault, for_ever] = GetParam();
  bool more = true;
  for (std::int64_t nth = 1; more && !HasFailure(); ++nth) {
    SCOPED_TRACE("step " + std::to_string(nth));
    support::TempDir dir;
    copy_to(dir);
    Told told;
    {
      Life life(dir / "tidewheel.db");
      vfs.fail(fault, nth, for_ever);
      told = life.live();
    }  // its end is a part of it: the last checkpoint
    more = vfs.failed();
    vfs.heal();
    expect_recovery(dir / "tidewheel.db", told);
    EXPECT_TRUE(more || nth > 8) << "too few steps for a life";
  }
}

TEST_P(DiskFaults, while_it_is_opened_are_told_and_do_no_harm) {
  auto const [fault, for_ever] = GetParam();
  bool more = true;
  for (std::int64_t nth = 1; more && !HasFailure(); nth += fault == DiskFault::sync_fails ? 1 : 17) {
    SCOPED_TRACE("step " + std::to_string(nth));
    support::TempDir dir;
    if (nth % 2 == 0) copy_to(dir);
    vfs.fail(fault, nth, for_ever);
    try {
      Life const life(dir / "tidewheel.db");
    } catch (core::Failure const& failure) {
      EXPECT_NE(failure.error().code, core::Errc::internal) << failure.what();
    }
    more = vfs.failed();
    vfs.heal();
    expect_recovery(dir / "tidewheel.db", {});
  }
}

std::string name_of(testing::TestParamInfo<std::tuple<DiskFault, bool>> const& of) {
  constexpr std::array names{"write_fails", "disk_is_full", "write_is_short", "sync_fails"};
  auto const [fault, for_ever] = of.param;
  return std::string(names.at(static_cast<std::size_t>(fault))) + (for_ever ? "_for_ever" : "_once");
}

// A disk that is full stays so for a while; what fails for ever otherwise poisons the writer at the first time.
INSTANTIATE_TEST_SUITE_P(
    Store, DiskFaults,
    testing::Values(std::tuple(DiskFault::write_fails, false), std::tuple(DiskFault::disk_is_full, false),
                    std::tuple(DiskFault::disk_is_full, true), std::tuple(DiskFault::write_is_short, false),
                    std::tuple(DiskFault::sync_fails, false), std::tuple(DiskFault::sync_fails, true)),
    name_of);

}  // namespace
}  // namespace store
