#include <algorithm>
#include <set>

#include "runner_world.hpp"

namespace orchestrator {
namespace {

TEST_F(RunnerTest, cancels_a_run_that_waits) {
  config.min_free = INT64_MAX;
  begin();
  auto const no = land("a.csv");
  cancel(no);
  EXPECT_EQ(state(no), "cancelled");
  config.min_free = 0;
  life->scheduler().wake();
  auto const other = land("b.csv");
  until_over(other);
  EXPECT_EQ(state(no), "cancelled");
  EXPECT_EQ(engine.starts().size(), 1U);
  expect_clean();
}

TEST_F(RunnerTest, cancels_a_running_container_with_its_grace) {
  engine.on_start(long_script());
  begin();
  auto const no = land("a.csv");
  until_state(no, "running");
  cancel(no);
  until_over(no);
  EXPECT_EQ(state(no), "cancelled");
  EXPECT_EQ(reason(no), "cancelled_by_user");
  EXPECT_EQ(engine.calls(Call::stop), 1);
  EXPECT_EQ(attempts(no), 1);
  expect_clean();
}

TEST_F(RunnerTest, cancels_a_container_that_ignores_sigterm) {
  engine.on_start([](FakeEngine&, FakeContainer& container) { container.ignores_term = true; });
  begin();
  auto const no = land("a.csv");
  until_state(no, "running");
  cancel(no);
  until_over(no);
  EXPECT_EQ(state(no), "cancelled");
  expect_clean();
}

TEST_F(RunnerTest, cancels_although_the_engine_will_not_stop_it) {
  engine.on_start(long_script());
  begin();
  auto const no = land("a.csv");
  until_state(no, "running");
  engine.fail(Call::stop, core::Error{core::Errc::timeout, "no answer in time", "", {}});
  cancel(no);
  until_over(no);
  EXPECT_EQ(state(no), "cancelled");
  EXPECT_EQ(engine.calls(Call::kill), 1);
  expect_clean();
}

TEST_F(RunnerTest, cancels_what_a_silent_engine_has_not_started_yet) {
  engine.fail(Call::start, core::Error{core::Errc::unavailable, "no answer", "", {}});
  begin();
  auto const no = land("a.csv");
  until([&] { return engine.calls(Call::start) == 1; });
  cancel(no);  // while the runner waits to look again
  until_over(no);
  EXPECT_EQ(state(no), "cancelled");
  EXPECT_EQ(reason(no), "cancelled_by_user");
  EXPECT_TRUE(engine.starts().empty());
  expect_clean();
}

TEST_F(RunnerTest, remembers_a_cancel_over_a_restart) {
  engine.on_start(long_script());
  begin();
  auto const no = land("a.csv");
  until_state(no, "running");
  auto op = [this, no](sql::Connection& db) { return store::request_cancel(db, no, clock.wall()); };
  (void)write(std::move(op));  // the daemon dies before its runner hears of it
  restart();
  until_over(no);
  EXPECT_EQ(state(no), "cancelled");
  EXPECT_EQ(attempts(no), 1);
  expect_clean();
}

TEST_F(RunnerTest, keeps_a_success_that_came_before_the_cancel) {
  begin();
  auto const no = land("a.csv");
  until_over(no);
  cancel(no);
  expect_published(no);
}

TEST(RunnerCancel, at_any_turn_ends_the_run_once_and_cleans_up) {
  std::set<std::string> met;  // states in which a cancel met the run
  auto const sweep = [&met] {
    bool more = true;
    for (int turns = 0; more && !testing::Test::HasFailure(); ++turns) {
      SCOPED_TRACE("cancel after turn " + std::to_string(turns));
      World world;
      world.engine.on_start(World::long_script());
      world.begin();
      auto const no = world.land("a.csv");
      more = world.turn_until_watched(no, turns);
      met.insert(world.state(no));
      world.cancel(no);
      world.until_over(no);
      EXPECT_EQ(world.state(no), "cancelled") << world.picture();
      EXPECT_LE(world.attempts(no), 1);
      world.expect_clean();
    }
  };
  // That of a queued run is cancels_a_run_that_waits. How many turns a state lasts depends on when the worker threads
  // answer, so one sweep may jump over a short one.
  std::set<std::string> const wanted{"pulling", "running", "starting"};
  sweep();
  for (int again = 0; again < 4 && !std::ranges::includes(met, wanted) && !HasFailure(); ++again) sweep();
  EXPECT_TRUE(std::ranges::includes(met, wanted)) << testing::PrintToString(met);
}

}  // namespace
}  // namespace orchestrator
