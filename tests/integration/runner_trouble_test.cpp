#include "orchestrator/container_plan.hpp"
#include "runner_world.hpp"

namespace orchestrator {
namespace {

core::Error unavailable() {
  return {core::Errc::unavailable, "connect: Connection refused", "docker.sock", {}};
}

/// Any call may fail for a while; the run waits, and its one attempt goes through.
class EngineTrouble : public testing::TestWithParam<Call> {};

TEST_P(EngineTrouble, that_passes_costs_nothing_but_time) {
  World world;
  docker::Image image;
  image.user = "1000";
  world.engine.add_image("qc:1", std::move(image));
  world.begin();
  world.engine.fail(GetParam(), unavailable(), 2);
  auto const no = world.land("a.csv");
  world.until_over(no);
  world.expect_published(no);
  EXPECT_EQ(world.attempts(no), 1);
  world.expect_clean();
}

INSTANTIATE_TEST_SUITE_P(Runner, EngineTrouble,
                         testing::Values(Call::ping, Call::create, Call::put_archive, Call::start, Call::wait,
                                         Call::inspect, Call::logs, Call::get_archive, Call::remove),
                         [](testing::TestParamInfo<Call> const& call) {
                           return "call_" + std::to_string(static_cast<int>(call.param));
                         });

TEST_F(RunnerTest, waits_while_there_is_no_engine_and_says_so) {
  engine.set_down(true);
  begin();
  auto const no = land("a.csv");
  until([&] { return !life->scheduler().obstacle().empty(); });
  EXPECT_TRUE(life->scheduler().obstacle().starts_with("engine_unavailable")) << life->scheduler().obstacle();
  EXPECT_EQ(state(no), "queued");
  engine.set_down(false);
  until_over(no);
  EXPECT_EQ(life->scheduler().obstacle(), "");
  expect_published(no);
  expect_clean();
}

TEST_F(RunnerTest, goes_on_when_the_engine_goes_away_and_comes_back_while_a_container_runs) {
  engine.on_start(long_script());
  begin();
  auto const no = land("a.csv");
  until_state(no, "running");
  engine.set_down(true);
  leave_results(engine, only_container());
  engine.exit(only_container(), 0);  // live-restore: it ends while nobody can ask
  auto const calls = engine.calls(Call::inspect);
  until([&] { return engine.calls(Call::inspect) >= calls + 1; });
  EXPECT_EQ(state(no), "running");
  engine.set_down(false);
  until_over(no);
  expect_published(no);
  EXPECT_EQ(attempts(no), 1);
  expect_clean();
}

TEST_F(RunnerTest, starts_nothing_while_the_disk_is_low) {
  config.min_free = INT64_MAX;
  begin();
  auto const no = land("a.csv");
  until([&] { return !life->scheduler().obstacle().empty(); });
  EXPECT_TRUE(life->scheduler().obstacle().starts_with("disk_low")) << life->scheduler().obstacle();
  EXPECT_EQ(state(no), "queued");
  config.min_free = 0;
  life->scheduler().wake();
  until_over(no);
  expect_published(no);
}

TEST_F(RunnerTest, looks_again_where_the_name_seems_to_be_taken) {
  engine.fail(Call::create,
              core::Error{core::Errc::conflict, "Conflict. The container name is already in use", "", {}});
  begin();
  auto const no = land("a.csv");
  until_over(no);
  expect_published(no);
  expect_clean();
}

TEST_F(RunnerTest, never_touches_a_container_that_only_has_its_name) {
  begin();
  config.min_free = INT64_MAX;
  until([&] { return !life->scheduler().obstacle().empty() || (life->scheduler().wake(), false); });
  auto const no = land("a.csv");
  auto const name = container_name(life->services().instance, text("SELECT run_id FROM run"), 1);
  auto create = [&] { return engine.create(name, R"({"Image": "other", "Labels": {}, "HostConfig": {}})"); };
  auto const stranger = support::run_coro(io, std::move(create)).value();
  config.min_free = 0;
  life->scheduler().wake();
  until_over(no);
  EXPECT_EQ(state(no), "failed");
  EXPECT_EQ(reason(no), "create_refused");
  EXPECT_NE(detail(no).find(name), std::string::npos) << detail(no);
  ASSERT_NE(engine.find(stranger), nullptr);
  EXPECT_EQ(engine.find(stranger)->starts, 0);
  EXPECT_EQ(engine.find(stranger)->facts.status, "created");
}

TEST_F(RunnerTest, fails_a_run_whose_container_the_engine_refuses) {
  engine.fail(Call::create, core::Error{core::Errc::invalid, "invalid mount config", "", {}});
  begin();
  auto const no = land("a.csv");
  until_over(no);
  EXPECT_EQ(state(no), "failed");
  EXPECT_EQ(reason(no), "create_refused");
  EXPECT_NE(detail(no).find("invalid mount config"), std::string::npos);
  expect_clean();
}

TEST_F(RunnerTest, tries_again_when_a_stranger_removes_the_running_container) {
  engine.on_start(long_script());
  begin();
  auto const no = land("a.csv");
  until_state(no, "running");
  engine.on_start(good_script());
  engine.vanish(only_container().facts.id);
  until_over(no);
  expect_published(no);
  EXPECT_EQ(attempts(no), 2);
  EXPECT_EQ(text("SELECT outcome || ' ' || reason FROM attempt WHERE attempt = 1"), "interrupted container_lost");
  expect_clean();
}

TEST_F(RunnerTest, tries_again_when_a_stranger_kills_the_container) {
  engine.on_start(long_script());
  begin();
  auto const no = land("a.csv");
  until_state(no, "running");
  engine.on_start(good_script());
  engine.die(only_container(), 0);  // Docker may even say Exited (0)
  until_over(no);
  expect_published(no);
  EXPECT_EQ(attempts(no), 2);
  EXPECT_EQ(text("SELECT outcome || ' ' || reason FROM attempt WHERE attempt = 1"), "interrupted engine_restarted");
  expect_clean();
}

TEST_F(RunnerTest, gives_no_empty_result_when_the_container_is_removed_before_it_was_collected) {
  spec.outputs.clear();  // so that nothing but the artifacts could tell
  int runs = 0;
  engine.on_start([&runs](FakeEngine& world, FakeContainer& container) {
    leave_results(world, container);
    world.exit(container, 0);
    ++runs;
  });
  begin();
  auto const no = land("a.csv");
  until_state(no, "collecting");
  if (engine.calls(Call::get_archive) == 0 && runs == 1) engine.containers().clear();
  until_over(no);
  EXPECT_EQ(state(no), "succeeded");
  EXPECT_EQ(attempts(no), 2);
  EXPECT_EQ(text("SELECT outcome || ' ' || reason FROM attempt WHERE attempt = 1"), "interrupted container_lost");
  EXPECT_EQ(text("SELECT group_concat(name || ' ' || attempt) FROM v1_artifacts"), "report.html 2");
}

TEST_F(RunnerTest, waits_with_its_pipeline_for_an_image_that_is_not_there) {
  spec.image = "new:1";
  begin();
  auto const no = land("a.csv");
  until_state(no, "held");
  EXPECT_EQ(reason(no), "image_unavailable");
  EXPECT_EQ(text("SELECT hold_reason FROM pipeline"), "image_unavailable");
  engine.add_image("new:1", docker::Image(), true);
  clock.ahead = 1h;
  life->scheduler().wake();
  until_over(no);
  expect_published(no);
  EXPECT_EQ(attempts(no), 1);
  EXPECT_EQ(engine.calls(Call::pull_image), 2);
  EXPECT_EQ(count("SELECT count(*) FROM pipeline WHERE hold_until_ms IS NOT NULL OR hold_count > 0"), 0);
  expect_clean();
}

TEST_F(RunnerTest, gives_a_run_that_is_due_again_to_no_second_runner_while_the_first_still_cleans_up) {
  engine.on_start([](FakeEngine& world, FakeContainer& container) { world.exit(container, 75); });
  begin();
  engine.fail(Call::remove, unavailable(), 2);
  auto const no = land("a.csv");
  until_state(no, "retry_wait");
  engine.on_start(good_script());
  clock.ahead = 1min;  // the backoff is over, the container still there
  life->scheduler().wake();
  until_over(no);
  expect_published(no);
  EXPECT_EQ(attempts(no), 2);
  expect_clean();
}

TEST_F(RunnerTest, sleeps_until_the_very_next_run_is_due) {
  spec.retries.backoff = 300ms;
  engine.on_start([](FakeEngine& world, FakeContainer& container) { world.exit(container, 75); });
  begin();
  auto const before = std::chrono::steady_clock::now();
  auto const no = land("a.csv");
  until_over(no);
  EXPECT_EQ(attempts(no), 3);
  EXPECT_LT(std::chrono::steady_clock::now() - before, 15s);  // not the scheduler's longest sleep of a minute
}

}  // namespace
}  // namespace orchestrator
