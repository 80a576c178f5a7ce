#include "orchestrator/verdict.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace orchestrator {
namespace {

using domain::InitExit;
using domain::Reason;
using domain::RunState;
using Kind = domain::InitExit::Kind;

InitExit exited(int code) {
  InitExit exit;
  exit.code = code;
  exit.oom_kills = 0;
  return exit;
}
InitExit signalled(int signal) {
  auto exit = exited(128 + signal);
  exit.kind = Kind::signalled;
  exit.signal = signal;
  return exit;
}
docker::Container container(int code = 0) {
  docker::Container facts;
  facts.status = "exited";
  facts.exit_code = code;
  return facts;
}
Evidence ended(InitExit exit, std::optional<docker::Container> facts = container()) {
  Evidence evidence;
  evidence.record.started = true;
  evidence.record.started_at = core::from_ms(1000);
  evidence.record.exit = std::move(exit);
  evidence.container = std::move(facts);
  return evidence;
}
void expect(Evidence const& evidence, RunState outcome, Reason reason) {
  auto const end = judge(evidence);
  EXPECT_EQ(domain::to_string(end.outcome), domain::to_string(outcome));
  EXPECT_EQ(domain::to_string(end.reason), domain::to_string(reason));
  EXPECT_EQ(end.detail.empty(), reason == Reason::exit_zero) << end.detail;  // whatever went wrong is told
}

TEST(Verdict, follows_the_exit_code) {
  expect(ended(exited(0)), RunState::succeeded, Reason::exit_zero);
  expect(ended(exited(1)), RunState::failed, Reason::exit_nonzero);
  expect(ended(exited(65)), RunState::rejected, Reason::exit_rejected);
  expect(ended(exited(75)), RunState::failed, Reason::exit_try_again);
  expect(ended(exited(255)), RunState::failed, Reason::exit_nonzero);
}

TEST(Verdict, trusts_the_record_and_not_docker) {
  expect(ended(exited(0), container(137)), RunState::succeeded, Reason::exit_zero);
  expect(ended(exited(3), container(0)), RunState::failed, Reason::exit_nonzero);
}

TEST(Verdict, needs_no_container_where_there_is_a_record) {
  expect(ended(exited(0), std::nullopt), RunState::succeeded, Reason::exit_zero);
}

TEST(Verdict, names_the_signal) {
  for (int const signal : {SIGSEGV, SIGTERM, SIGKILL, SIGABRT}) {
    expect(ended(signalled(signal)), RunState::failed, Reason::signalled);
    EXPECT_NE(judge(ended(signalled(signal))).detail.find(std::to_string(signal)), std::string::npos);
    EXPECT_EQ(judge(ended(signalled(signal))).signal, signal);
  }
}

TEST(Verdict, tells_memory_from_other_kills_by_the_record) {
  auto exit = signalled(SIGKILL);
  exit.oom_kills = 1;
  expect(ended(exit), RunState::failed, Reason::out_of_memory);
  EXPECT_TRUE(judge(ended(exit)).oom_killed);
  auto facts = container(137);
  facts.oom_killed = true;  // of some other process: the record says that none of ours
  expect(ended(signalled(SIGKILL), facts), RunState::failed, Reason::signalled);
}

TEST(Verdict, case_29_asks_docker_about_memory_where_the_kernel_did_not_tell) {
  auto exit = signalled(SIGKILL);
  exit.oom_kills = -1;
  auto facts = container(137);
  expect(ended(exit, facts), RunState::failed, Reason::signalled);
  facts.oom_killed = true;
  expect(ended(exit, facts), RunState::failed, Reason::out_of_memory);
}

TEST(Verdict, case_29_a_script_that_survives_a_killed_child_has_its_own_end) {
  auto exit = exited(0);
  exit.oom_kills = 1;  // a worker process was killed, and the script coped
  expect(ended(exit), RunState::succeeded, Reason::exit_zero);
  EXPECT_TRUE(judge(ended(exit)).oom_killed);
}

TEST(Verdict, case_29_takes_137_of_a_shell_for_memory_only_where_the_kernel_killed) {
  expect(ended(exited(137)), RunState::failed, Reason::exit_nonzero);
  auto exit = exited(137);
  exit.oom_kills = 1;
  expect(ended(exit), RunState::failed, Reason::out_of_memory);
  exit = exited(1);
  exit.oom_kills = 1;  // it made an end of its own of a child that was killed
  expect(ended(exit), RunState::failed, Reason::exit_nonzero);
  EXPECT_NE(judge(ended(exit)).detail.find("memory"), std::string::npos);
}

TEST(Verdict, knows_when_the_command_could_not_run) {
  auto exit = exited(127);
  exit.kind = Kind::no_command;
  expect(ended(exit), RunState::failed, Reason::command_not_found);
  exit = exited(126);
  exit.kind = Kind::not_executable;
  exit.error_number = 8;
  expect(ended(exit), RunState::failed, Reason::command_not_executable);
  EXPECT_NE(judge(ended(exit)).detail.find("errno 8"), std::string::npos);
  exit = exited(125);
  exit.kind = Kind::not_started;
  expect(ended(exit), RunState::interrupted, Reason::start_refused);
}

TEST(Verdict, a_timeout_wins_over_whatever_the_script_made_of_it) {
  for (auto exit : {exited(0), exited(1), exited(75), signalled(SIGTERM), signalled(SIGKILL)}) {
    exit.timed_out = true;
    expect(ended(exit), RunState::timed_out, Reason::timeout);
    exit.forwarded_signal = SIGTERM;
    expect(ended(exit), RunState::timed_out, Reason::timeout);
  }
}

TEST(Verdict, a_signal_from_outside_is_an_interruption_even_with_exit_zero) {
  for (auto exit : {exited(0), exited(1), signalled(SIGTERM)}) {
    exit.forwarded_signal = SIGTERM;
    expect(ended(exit), RunState::interrupted, Reason::killed_externally);
  }
}

TEST(Verdict, a_cancel_wins_over_everything) {
  auto timed_out = exited(0);
  timed_out.timed_out = true;
  for (auto evidence : {ended(exited(0)), ended(exited(1)), ended(signalled(SIGKILL)), ended(timed_out), Evidence{}}) {
    evidence.cancel_requested = true;
    expect(evidence, RunState::cancelled, Reason::cancelled_by_user);
  }
}

TEST(Verdict, a_start_without_an_exit_is_interrupted_whatever_docker_says) {
  Evidence evidence;
  evidence.record.started = true;
  evidence.container = container(0);  // "Exited (0)", as after a crash of the engine
  expect(evidence, RunState::interrupted, Reason::engine_restarted);
  evidence.container = container(137);
  expect(evidence, RunState::interrupted, Reason::engine_restarted);
  evidence.container->oom_killed = true;  // our init itself was killed
  expect(evidence, RunState::failed, Reason::out_of_memory);
  evidence.container.reset();
  expect(evidence, RunState::interrupted, Reason::container_lost);
}

TEST(Verdict, without_a_start_mark_nothing_ran) {
  Evidence evidence;
  expect(evidence, RunState::interrupted, Reason::container_lost);
  evidence.container = container(125);
  expect(evidence, RunState::interrupted, Reason::start_refused);
  evidence.container->error = "exec /.tidewheel/init: permission denied";
  EXPECT_EQ(judge(evidence).detail, "exec /.tidewheel/init: permission denied");
}

TEST(Verdict, hands_on_what_was_measured) {
  auto exit = exited(3);
  exit.max_rss = 4096;
  exit.user_cpu = std::chrono::microseconds(1500);
  exit.system_cpu = std::chrono::microseconds(700);
  exit.finished_at = core::from_ms(5000);
  auto const end = judge(ended(exit));
  EXPECT_EQ(end.exit_code, 3);
  EXPECT_EQ(end.signal, std::nullopt);
  EXPECT_EQ(end.max_rss_bytes, 4096);
  EXPECT_EQ(end.cpu_ms, 2);
  EXPECT_EQ(end.exited, core::from_ms(5000));
  EXPECT_FALSE(end.oom_killed);
}

// --- what comes after an attempt

domain::AttemptEnd end_with(RunState outcome, Reason reason, std::optional<int> code = {}) {
  domain::AttemptEnd end;
  end.outcome = outcome;
  end.reason = reason;
  end.exit_code = code;
  return end;
}

TEST(Retries, are_for_the_listed_codes_and_for_interruptions) {
  domain::RetrySpec const retries;  // max 2, 75, interrupted
  EXPECT_EQ(state_after(end_with(RunState::failed, Reason::exit_try_again, 75), retries, 1), RunState::retry_wait);
  EXPECT_EQ(state_after(end_with(RunState::failed, Reason::exit_nonzero, 1), retries, 1), RunState::failed);
  EXPECT_EQ(state_after(end_with(RunState::interrupted, Reason::container_lost), retries, 1), RunState::retry_wait);
  EXPECT_EQ(state_after(end_with(RunState::succeeded, Reason::exit_zero, 0), retries, 1), RunState::succeeded);
}

TEST(Retries, take_codes_of_ones_own) {
  domain::RetrySpec retries;
  retries.exit_codes = {3, 65};
  retries.interrupted = false;
  EXPECT_EQ(state_after(end_with(RunState::failed, Reason::exit_nonzero, 3), retries, 1), RunState::retry_wait);
  EXPECT_EQ(state_after(end_with(RunState::rejected, Reason::exit_rejected, 65), retries, 1), RunState::retry_wait);
  EXPECT_EQ(state_after(end_with(RunState::failed, Reason::exit_try_again, 75), retries, 1), RunState::failed);
  EXPECT_EQ(state_after(end_with(RunState::interrupted, Reason::engine_restarted), retries, 1), RunState::interrupted);
}

TEST(Retries, end_after_the_last) {
  domain::RetrySpec retries;
  retries.max = 2;
  auto const end = end_with(RunState::failed, Reason::exit_try_again, 75);
  EXPECT_EQ(state_after(end, retries, 1), RunState::retry_wait);
  EXPECT_EQ(state_after(end, retries, 2), RunState::retry_wait);
  EXPECT_EQ(state_after(end, retries, 3), RunState::failed);
  retries.max = 0;
  EXPECT_EQ(state_after(end, retries, 1), RunState::failed);
}

domain::AttemptEnd killed_for_memory() {
  auto end = end_with(RunState::failed, Reason::out_of_memory, 137);
  end.signal = SIGKILL;
  end.oom_killed = true;
  return end;
}

TEST(Retries, are_for_memory_where_that_is_asked_for) {
  domain::RetrySpec retries;
  retries.oom = true;
  EXPECT_EQ(state_after(killed_for_memory(), retries, 1), RunState::retry_wait);
  auto end = end_with(RunState::failed, Reason::exit_nonzero, 1);
  EXPECT_EQ(state_after(end, retries, 1), RunState::failed);
  end.oom_killed = true;  // a child was killed, and the script failed over it
  EXPECT_EQ(state_after(end, retries, 1), RunState::retry_wait);
  EXPECT_EQ(state_after(end_with(RunState::failed, Reason::exit_nonzero, 137), retries, 1), RunState::failed);
  EXPECT_EQ(state_after(end_with(RunState::timed_out, Reason::timeout, 143), retries, 1), RunState::timed_out);
  auto fine = end_with(RunState::succeeded, Reason::exit_zero, 0);
  fine.oom_killed = true;
  EXPECT_EQ(state_after(fine, retries, 1), RunState::succeeded);
  auto rejected = end_with(RunState::rejected, Reason::exit_rejected, 65);
  rejected.oom_killed = true;
  EXPECT_EQ(state_after(rejected, retries, 1), RunState::rejected);
}

TEST(Retries, are_for_a_timeout_where_that_is_asked_for) {
  domain::RetrySpec retries;
  retries.timeout = true;
  EXPECT_EQ(state_after(end_with(RunState::timed_out, Reason::timeout, 143), retries, 2), RunState::retry_wait);
  EXPECT_EQ(state_after(end_with(RunState::timed_out, Reason::timeout, 143), retries, 3), RunState::timed_out);
  EXPECT_EQ(state_after(killed_for_memory(), retries, 1), RunState::failed);
}

TEST(Retries, are_never_for_what_would_end_the_same_way_again) {
  domain::RetrySpec retries;
  retries.exit_codes = {0, 75, 137, 143};  // codes that a signal or a timeout may leave too
  for (auto const& end :
       {end_with(RunState::timed_out, Reason::timeout, 143),
        end_with(RunState::cancelled, Reason::cancelled_by_user, 143), killed_for_memory(),
        end_with(RunState::failed, Reason::signalled, 137), end_with(RunState::failed, Reason::bad_outputs, 0),
        end_with(RunState::failed, Reason::collect_failed, 0), end_with(RunState::failed, Reason::create_refused)})
    EXPECT_EQ(state_after(end, retries, 1), end.outcome) << domain::to_string(end.reason);
}

TEST(Retries, are_not_for_what_may_run_unseen) {
  auto end = end_with(RunState::interrupted, Reason::engine_restarted);
  EXPECT_EQ(state_after(end, {}, 1), RunState::retry_wait);
  end.may_run_unseen = true;
  EXPECT_EQ(state_after(end, {}, 1), RunState::interrupted);
}

}  // namespace
}  // namespace orchestrator
