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

/// An engine that answers questions and yet fails at every create, or start, is no reason to try for ever and to say
/// nothing; nor does it cost an attempt.
class EngineRefusal : public testing::TestWithParam<Call> {};

TEST_P(EngineRefusal, that_goes_on_holds_the_pipeline_and_costs_no_attempt) {
  World world;
  world.begin();
  world.engine.fail(GetParam(), {core::Errc::unavailable, "start container: no space left on device", "c", {}}, 7);
  auto const no = world.land("a.csv");
  world.until_state(no, "held");
  EXPECT_EQ(world.reason(no), "engine_unavailable");
  EXPECT_NE(world.text("SELECT detail FROM run").find("no space left on device"), std::string::npos);
  EXPECT_EQ(world.attempts(no), 0);
  EXPECT_EQ(world.text("SELECT hold_reason || ' ' || hold_count FROM pipeline"), "engine_unavailable 1");
  world.until([&] { return std::filesystem::is_empty(world.dir / "state" / "attempts"); });
  world.expect_clean();
  world.until_over(no);
  world.expect_published(no);
  EXPECT_EQ(world.attempts(no), 1);
  EXPECT_EQ(world.text("SELECT coalesce(hold_reason, 'none') FROM pipeline"), "none");
  world.expect_clean();
}

INSTANTIATE_TEST_SUITE_P(Runner, EngineRefusal, testing::Values(Call::create, Call::start),
                         [](testing::TestParamInfo<Call> const& call) {
                           return call.param == Call::create ? "at_create" : "at_start";
                         });

TEST_F(RunnerTest, is_held_no_longer_once_the_engine_is_back) {
  begin();
  until([&] { return life->scheduler().obstacle().empty() && engine.calls(Call::ping) > 0; });
  engine.set_down(true);
  auto const no = land("a.csv");
  until([&] { return !life->scheduler().obstacle().empty() || (life->scheduler().wake(), false); });
  auto hold = [&](sql::Connection& db) {
    auto const far = core::from_ms(core::to_ms(life->services().clock.wall()) + 600'000);
    db.run("UPDATE pipeline SET hold_reason = 'engine_unavailable', hold_until_ms = ?, hold_count = 9",
           core::to_ms(far));
    db.run("UPDATE run SET state = 'held', reason = 'engine_unavailable', not_before_ms = ?", core::to_ms(far));
  };
  write(hold);
  engine.set_down(false);
  until_over(no);
  expect_published(no);
}

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

TEST_F(RunnerTest, keeps_a_result_that_finds_no_room_until_there_is_some) {
  begin();
  engine.fail(Call::get_archive, {core::Errc::no_space, "write: No space left on device", "out", {}}, 2);
  auto const no = land("a.csv");
  until_over(no);
  expect_published(no);
  EXPECT_EQ(attempts(no), 1);
  expect_clean();
}

TEST_F(RunnerTest, says_that_the_log_may_lack_lines_where_it_cannot_be_read) {
  begin();
  engine.fail(Call::logs, {core::Errc::protocol, "read logs: not what Docker writes", "c", {}}, 100);
  auto const no = land("a.csv");
  until_over(no);
  EXPECT_EQ(state(no), "succeeded") << picture();
  EXPECT_EQ(count("SELECT log_suspect FROM attempt"), 1);
  EXPECT_GE(engine.calls(Call::logs), 5) << "it was asked for again";
  expect_clean();
}

TEST_F(RunnerTest, gives_others_the_place_of_an_ended_run_whose_container_cannot_be_removed) {
  config.runs = 1;
  spec.serialize_by = "x";
  engine.fail(Call::remove, {core::Errc::unavailable, "remove container: device or resource busy", "c", {}}, 1000);
  begin();
  auto const first = land("a.csv");
  until_state(first, "succeeded");
  auto const second = land("b.csv");
  until_state(second, "succeeded");
  EXPECT_EQ(engine.containers().size(), 2U);
  EXPECT_TRUE(life->scheduler().unkillable().empty()) << "it has ended";
  engine.fail(Call::remove, unavailable(), 0);
  until_over(first);
  until_over(second);
  expect_clean();
}

/// An engine that was frozen in a create may finish it when nobody waits for it any more.
TEST_F(RunnerTest, removes_a_container_that_came_after_its_attempt_was_through) {
  begin();
  auto const no = land("a.csv");
  until_over(no);
  auto const name = text("SELECT container_name FROM attempt");
  auto const body = text("SELECT create_body FROM attempt");
  auto late = [&] { return engine.create(name, body); };
  (void)support::run_coro(io, std::move(late)).value();
  auto const instance = life->services().instance;
  auto strange = [&] {
    return engine.create(
        "stranger", R"({"Image": "qc:1", "HostConfig": {}, "Labels": {"io.tidewheel.instance": ")" + instance +
                        R"(", "io.tidewheel.run-id": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "io.tidewheel.attempt": "1"}})");
  };
  auto const stranger = support::run_coro(io, std::move(strange)).value();
  restart();
  until([&] { return engine.find(name) == nullptr; });
  auto again = [&] { return engine.create(name, body); };
  (void)support::run_coro(io, std::move(again)).value();
  engine.set_down(true);
  until([&] { return (life->scheduler().wake(), !life->scheduler().obstacle().empty()); });
  engine.set_down(false);
  until([&] { return (life->scheduler().wake(), engine.find(name) == nullptr); });
  EXPECT_NE(engine.find(stranger), nullptr) << "of no run here: not ours to remove";
  expect_published(no);
}

/// Seen with dockerd 20.10 killed within a start: "id already in use", at every start there will ever be.
TEST_F(RunnerTest, case_17_gives_up_a_container_that_can_never_be_started_and_tries_with_another) {
  engine.fail(Call::start, {core::Errc::conflict, "start container: id already in use", "c", {}}, 10);
  begin();
  auto const no = land("a.csv");
  until_over(no);
  expect_published(no);
  EXPECT_EQ(attempts(no), 2);
  EXPECT_EQ(text("SELECT outcome || ' ' || reason FROM attempt WHERE attempt = 1"), "interrupted start_refused");
  expect_clean();
}

/// Else a daemon that is killed every few seconds would never come to the end of its patience.
TEST_F(RunnerTest, case_17_has_less_patience_with_a_container_that_is_old) {
  engine.fail(Call::start, {core::Errc::conflict, "start container: id already in use", "c", {}}, 8);
  begin();
  auto const no = land("a.csv");
  until([&] { return state(no) == "starting"; });
  clock.ahead = std::chrono::minutes(1);
  until_over(no);
  expect_published(no);
  EXPECT_EQ(attempts(no), 2);
  expect_clean();
}

TEST_F(RunnerTest, case_2_looks_again_where_the_name_seems_to_be_taken) {
  engine.fail(Call::create,
              core::Error{core::Errc::conflict, "Conflict. The container name is already in use", "", {}});
  begin();
  auto const no = land("a.csv");
  until_over(no);
  expect_published(no);
  expect_clean();
}

TEST_F(RunnerTest, case_3_never_touches_a_container_that_only_has_its_name) {
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

TEST_F(RunnerTest, tries_again_what_was_killed_for_its_memory_where_that_is_asked_for) {
  spec.retries.exit_codes = {};
  spec.retries.oom = true;
  engine.on_start([](FakeEngine& world, FakeContainer& container) {
    world.write_log(container, docker::Stream::standard_output, "greedy\n");
    world.die(container, 137, true);
  });
  begin();
  auto const no = land("a.csv");
  until_state(no, "retry_wait");
  EXPECT_EQ(reason(no), "out_of_memory");
  engine.on_start(good_script());
  clock.ahead = 1min;
  life->scheduler().wake();
  until_over(no);
  expect_published(no);
  EXPECT_EQ(attempts(no), 2);
  EXPECT_NE(log_of(no, 1).find("greedy"), std::string::npos);
  EXPECT_EQ(log_of(no, 2).find("greedy"), std::string::npos);  // each attempt has a log of its own
  EXPECT_NE(log_of(no, 2).find("hello"), std::string::npos);
  expect_clean();
}

TEST_F(RunnerTest, ends_a_run_that_waits_for_its_next_attempt_when_it_is_cancelled) {
  spec.retries.backoff = 1h;
  engine.on_start([](FakeEngine& world, FakeContainer& container) { world.exit(container, 75); });
  begin();
  auto const no = land("a.csv");
  until_state(no, "retry_wait");
  cancel(no);
  until_over(no);
  EXPECT_EQ(state(no), "cancelled");
  EXPECT_EQ(attempts(no), 1);
  expect_clean();
}

TEST_F(RunnerTest, case_41_waits_no_longer_where_the_clock_steps_back) {
  spec.retries.backoff = 2s;
  engine.on_start([](FakeEngine& world, FakeContainer& container) { world.exit(container, 75); });
  begin();
  auto const no = land("a.csv");
  until_state(no, "retry_wait");
  engine.on_start(good_script());
  clock.ahead = -1h;
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
