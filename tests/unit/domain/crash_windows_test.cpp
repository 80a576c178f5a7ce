#include <gtest/gtest.h>

#include "domain/acceptance.hpp"
#include "domain/attempt_machine.hpp"

// What is decided after a crash in each of the fourteen windows of an attempt's life. The numbers are those of the list
// of windows; 1 and 2 (the image is pulled again) and 14 (a container without a row) have no container of an attempt,
// and are tested with the runner: tests/integration/runner_plain_test.cpp, and 14 end to end (case 51).

namespace {

using domain::Acceptance;
using domain::AttemptAction;
using domain::ContainerState;
using domain::next_action;
using domain::PlainEnd;
using domain::settle;
using domain::Settled;
using domain::Step;
using domain::Unanswered;

PlainEnd exited(int code, bool same_engine) {
  PlainEnd end;
  end.container = ContainerState::exited;
  end.exit_code = code;
  end.same_engine = same_engine;
  end.finished = core::Wall{std::chrono::hours{2}};
  end.engine_began = core::Wall{std::chrono::hours{1}};
  return end;
}

TEST(CrashWindows, window_3_a_create_without_an_answer_is_found_by_its_name) {
  EXPECT_EQ(next_action(Step::creating, ContainerState::absent), AttemptAction::create);
  EXPECT_EQ(next_action(Step::creating, ContainerState::created), AttemptAction::start);
  EXPECT_EQ(next_action(Step::creating, ContainerState::removing), AttemptAction::look_again);
  EXPECT_EQ(next_action(Step::creating, ContainerState::foreign), AttemptAction::refuse);
}

TEST(CrashWindows, window_4_what_was_put_half_is_put_again_before_the_start) {
  EXPECT_EQ(next_action(Step::created, ContainerState::created), AttemptAction::start);
  EXPECT_EQ(next_action(Step::created, ContainerState::absent), AttemptAction::create);
}

TEST(CrashWindows, window_5_a_start_without_an_answer_is_sent_again_where_a_mark_forbids_a_second_one) {
  EXPECT_EQ(next_action(Step::starting, ContainerState::created), AttemptAction::start);
  EXPECT_EQ(next_action(Step::starting, ContainerState::running), AttemptAction::await_exit);
  EXPECT_EQ(next_action(Step::starting, ContainerState::exited), AttemptAction::judge);
  EXPECT_EQ(next_action(Step::starting, ContainerState::absent), AttemptAction::lost);
}

TEST(CrashWindows, window_5_without_a_mark_only_what_has_settled_and_shows_no_trace_is_started) {
  EXPECT_EQ(settle({true, false, 0, false}), Settled::start);
  EXPECT_EQ(settle({true, false, 0, true}), Settled::ran) << "it has printed something: fact 4";
  EXPECT_EQ(settle({true, true, 0, false}), Settled::ran);
  EXPECT_EQ(settle({true, true, 3, true}), Settled::ran);
}

TEST(CrashWindows, window_5_without_a_mark_an_engine_that_was_killed_meanwhile_proves_nothing) {
  EXPECT_EQ(settle({false, false, 0, false}), Settled::ran) << "it may have run and printed nothing";
  EXPECT_EQ(settle({false, false, 127, false}), Settled::ran);
}

TEST(CrashWindows, window_5_without_a_mark_a_start_that_failed_is_repeated_where_that_may_help) {
  EXPECT_EQ(settle({true, false, 127, false}), Settled::refused) << "no such command";
  EXPECT_EQ(settle({true, false, 126, false}), Settled::refused) << "not executable";
  EXPECT_EQ(settle({true, false, 128, false}), Settled::start) << "the engine's disk was full";
  EXPECT_EQ(settle({true, false, 128, true}), Settled::ran);
}

TEST(CrashWindows, window_6_what_runs_is_waited_for_and_what_ended_meanwhile_is_judged) {
  EXPECT_EQ(next_action(Step::running, ContainerState::running), AttemptAction::await_exit);
  EXPECT_EQ(next_action(Step::running, ContainerState::exited), AttemptAction::judge);
  EXPECT_EQ(accept_end(exited(0, true)), Acceptance::accept);
  EXPECT_EQ(accept_end(exited(3, true)), Acceptance::accept);
}

TEST(CrashWindows, window_7_what_a_starting_engine_has_ended_is_interrupted) {
  EXPECT_EQ(next_action(Step::running, ContainerState::exited), AttemptAction::judge);
  for (int const code : {0, 1, 137, 143}) EXPECT_EQ(accept_end(exited(code, false)), Acceptance::engine_restarted);
}

TEST(CrashWindows, window_8_what_outlives_its_engine_is_adopted) {
  EXPECT_EQ(next_action(Step::running, ContainerState::running), AttemptAction::await_exit);
  PlainEnd end;
  end.container = ContainerState::running;
  EXPECT_EQ(accept_end(end), Acceptance::adopt);
}

TEST(CrashWindows, window_9_a_code_that_a_starting_engine_made_up_is_not_believed) {
  EXPECT_EQ(accept_end(exited(0, false)), Acceptance::engine_restarted);
  EXPECT_EQ(accept_end(exited(255, false)), Acceptance::engine_restarted);
}

TEST(CrashWindows, window_9_a_true_code_from_before_it_began_is_kept) {
  auto end = exited(3, false);
  end.finished = *end.engine_began - std::chrono::seconds{1};
  EXPECT_EQ(accept_end(end), Acceptance::accept_log_suspect);
}

TEST(CrashWindows, window_10_a_cut_cable_interrupts) {
  auto end = exited(255, false);
  end.finished = *end.engine_began - std::chrono::hours{1};
  EXPECT_EQ(accept_end(end), Acceptance::engine_restarted);
  end.exit_code = 0;  // as dockerd 24.0.0 to 24.0.2 say
  EXPECT_EQ(accept_end(end), Acceptance::engine_restarted);
}

TEST(CrashWindows, window_11_what_ended_is_judged_and_collected_from_the_beginning) {
  EXPECT_EQ(next_action(Step::exited, ContainerState::exited), AttemptAction::judge);
  EXPECT_EQ(next_action(Step::exited, ContainerState::absent), AttemptAction::lost);
}

TEST(CrashWindows, window_12_nothing_of_a_collected_attempt_is_started_or_made) {
  for (auto const step : {Step::collected, Step::removing, Step::removed})
    for (auto const state : {ContainerState::absent, ContainerState::created}) {
      EXPECT_EQ(next_action(step, state), AttemptAction::lost);
    }
}

TEST(CrashWindows, window_13_a_cancelled_container_is_ended_like_any_other) {
  EXPECT_EQ(next_action(Step::running, ContainerState::running), AttemptAction::await_exit);
  EXPECT_EQ(next_action(Step::running, ContainerState::exited), AttemptAction::judge);
}

}  // namespace
