#include <thread>

#include "runner_world.hpp"

// Pipelines with `init: false`: nobody in the container keeps a record, so the engine alone tells of its end.

namespace orchestrator {
namespace {

class RunnerPlain : public testing::Test, public World {
 protected:
  RunnerPlain() {
    spec.init = false;
    spec.retries.max = 1;
  }
  store::RunNo running() {
    engine.on_start(long_script());
    begin();
    auto const no = land("a.csv");
    until([&] { return container_runs() && engine.calls(Call::wait) > 0; });
    return no;
  }
  std::string attempt(std::string const& column, int number = 1) {
    return text("SELECT CAST(" + column + " AS TEXT) FROM attempt WHERE attempt = " + std::to_string(number));
  }
};

TEST_F(RunnerPlain, runs_its_command_as_it_is_and_knows_nothing_that_nobody_measured) {
  begin();
  auto const no = land("a.csv");
  until_over(no);
  expect_published(no);
  EXPECT_EQ(text("SELECT max_rss_bytes FROM run"), "NULL");
  EXPECT_EQ(text("SELECT cpu_ms FROM run"), "NULL");
  EXPECT_EQ(attempt("engine"), "fake 1");
  expect_clean();
}

TEST_F(RunnerPlain, whatever_turn_a_crash_comes_after_it_is_started_once) {
  for (int turns = 1, more = 1; more != 0 && !HasFailure(); ++turns) {
    SCOPED_TRACE("crash after turn " + std::to_string(turns));
    World world;
    world.spec.init = false;
    world.begin();
    auto const no = world.land("a.csv");
    auto const deadline = std::chrono::steady_clock::now() + 20s;
    world.io.restart();
    for (int i = 0; i < turns && more != 0; ++i) {
      more = world.life->scheduler().active() != 0 || !world.ended(no) ? 1 : 0;
      if (more != 0) {
        ASSERT_NE(world.io.run_one_until(deadline), 0U);
      }
    }
    world.restart();
    world.until_over(no);
    world.expect_published(no);
    EXPECT_EQ(world.attempts(no), 1);
    world.expect_clean();
  }
}

TEST_F(RunnerPlain, window_5_a_start_whose_answer_is_lost_is_not_sent_a_second_time) {
  engine.lose_answer(Call::start);
  begin();
  auto const no = land("a.csv");
  until_over(no);
  expect_published(no);
  EXPECT_EQ(engine.calls(Call::start), 1);
}

TEST_F(RunnerPlain, window_5_a_start_that_did_nothing_is_sent_again_after_it_settled) {
  engine.fail(Call::start, core::Error{core::Errc::timeout, "no answer in time", "fake engine", {}});
  begin();
  auto const no = land("a.csv");
  auto const began = std::chrono::steady_clock::now();
  until_over(no);
  expect_published(no);
  EXPECT_EQ(engine.calls(Call::start), 2);
  EXPECT_GE(std::chrono::steady_clock::now() - began, 2s);
}

TEST_F(RunnerPlain,
       window_5_what_has_printed_is_not_started_again_but_tried_again_where_none_of_its_processes_is_left) {
  engine.fail(Call::start, core::Error{core::Errc::timeout, "no answer in time", "fake engine", {}});
  engine.on_call(Call::start, [this] { engine.write_log(only_container(), docker::Stream::standard_output, "ran\n"); });
  begin();
  auto const no = land("a.csv");
  until_over(no);
  expect_published(no);
  EXPECT_EQ(attempts(no), 2);
  EXPECT_EQ(attempt("outcome"), "interrupted");
}

TEST_F(RunnerPlain, window_5_nothing_is_tried_again_where_its_processes_cannot_be_looked_for) {
  engine.set_elsewhere(true);
  engine.fail(Call::start, core::Error{core::Errc::timeout, "no answer in time", "fake engine", {}});
  engine.on_call(Call::start, [this] { engine.restart(clock.wall()); });
  begin();
  auto const no = land("a.csv");
  until_over(no);
  EXPECT_EQ(state(no), "interrupted");
  EXPECT_EQ(attempts(no), 1);
  EXPECT_NE(detail(no).find("its command may still run"), std::string::npos) << detail(no);
}

TEST_F(RunnerPlain, window_8_what_outlives_its_engine_is_adopted_and_the_new_ones_word_counts) {
  auto const no = running();
  engine.restart(clock.wall());
  restart();
  until([&] { return attempt("engine") == "fake 11"; });
  leave_results(engine, only_container());
  engine.exit(only_container(), 0);
  until_over(no);
  expect_published(no);
}

TEST_F(RunnerPlain, window_9_a_zero_of_another_engine_is_tried_again) {
  auto const no = running();
  life.reset();
  engine.exit(only_container(), 0);
  engine.restart(clock.wall());
  engine.on_start(good_script());
  begin();
  until_over(no);
  EXPECT_EQ(attempt("outcome"), "interrupted");
  EXPECT_EQ(attempt("reason"), "engine_restarted");
  EXPECT_EQ(attempt("exit_code"), "NULL");
  expect_published(no);
  EXPECT_EQ(attempts(no), 2);
}

TEST_F(RunnerPlain, case_19_a_code_from_before_the_engine_began_is_kept_and_the_log_is_suspect) {
  auto const no = running();
  life.reset();
  engine.exit(only_container(), 7);
  engine.restart(clock.wall() + 24h * 3650);
  begin();
  until_over(no);
  EXPECT_EQ(state(no), "failed");
  EXPECT_EQ(attempt("exit_code"), "7");
  EXPECT_EQ(attempt("log_suspect"), "1");
  EXPECT_EQ(attempts(no), 1);
}

TEST_F(RunnerPlain, case_16_what_a_stranger_stopped_is_tried_again) {
  auto const no = running();
  engine.on_start(good_script());
  only_container().kills = 1;
  engine.exit(only_container(), 0);
  until_over(no);
  EXPECT_EQ(attempt("reason"), "killed_externally");
  expect_published(no);
  EXPECT_EQ(attempts(no), 2);
}

TEST_F(RunnerPlain, case_23_nothing_is_published_that_a_stranger_ran_again_while_it_was_collected) {
  auto const no = running();
  engine.on_start(good_script());
  engine.on_call(Call::get_archive, [this] { only_container().facts.started_at = "2026-11-22T10:09:00Z"; });
  leave_results(engine, only_container());
  engine.exit(only_container(), 0);
  until_over(no);
  EXPECT_EQ(attempt("reason"), "killed_externally");
  EXPECT_EQ(state(no), "succeeded");
  EXPECT_EQ(count("SELECT count(*) FROM run_output"), 1) << "of the second attempt alone";
  EXPECT_EQ(attempts(no), 2);
}

TEST_F(RunnerPlain, is_stopped_at_its_timeout_and_that_is_on_disk_before) {
  spec.timeout = 300ms;
  std::string before;
  engine.on_call(Call::stop, [&] { before = attempt("timed_out_ms IS NOT NULL"); });
  auto const no = running();
  until_over(no);
  EXPECT_EQ(before, "1");
  EXPECT_EQ(state(no), "timed_out");
  EXPECT_EQ(attempts(no), 1);
}

TEST_F(RunnerPlain, a_timeout_that_ended_while_nobody_looked_is_one_although_the_code_is_zero) {
  spec.timeout = 300ms;
  auto const no = running();
  life.reset();
  std::this_thread::sleep_for(400ms);
  engine.on_call(Call::stop, [this] { engine.exit(only_container(), 0); });  // it traps SIGTERM
  begin();
  until_over(no);
  EXPECT_EQ(state(no), "timed_out");
}

TEST_F(RunnerPlain, window_1_and_2_a_pull_that_was_cut_off_is_made_again) {
  engine.add_image("qc:2", docker::Image(), true);
  spec.image = "qc:2";
  engine.set_pulls_stand(true);
  begin();
  auto const no = land("a.csv");
  until([&] { return engine.calls(Call::pull_image) == 1; });
  life.reset();
  engine.set_pulls_stand(false);
  begin();
  until_over(no);
  expect_published(no);
  EXPECT_EQ(engine.calls(Call::pull_image), 2);
  EXPECT_EQ(attempts(no), 1);
}

}  // namespace
}  // namespace orchestrator
