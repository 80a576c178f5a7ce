#include <signal.h>

#include "unit/init/places.hpp"

namespace init_test {

class Signals : public Init {};

TEST_P(Signals, reach_the_command_and_are_remembered) {
  for (int const number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2}) {
    ContainedRun run(GetParam(),
                     shell("trap 'exit 9' $1; echo ready; while :; do sleep 0.02; done", {std::to_string(number)}));
    run.start();
    ASSERT_EQ(run.next_line(), "ready");
    run.signal(number);
    auto const ended = run.wait();
    EXPECT_EQ(ended.exit_code, 9) << number;
    ASSERT_TRUE(ended.record.exit);
    EXPECT_EQ(ended.record.exit->forwarded_signal, number);
    EXPECT_FALSE(ended.record.exit->timed_out);
  }
}

TEST_P(Signals, that_end_nothing_are_passed_on_but_not_remembered) {
  ContainedRun run(GetParam(), shell("trap 'exit 9' WINCH; echo ready; while :; do sleep 0.02; done"));
  run.start();
  ASSERT_EQ(run.next_line(), "ready");
  run.signal(SIGWINCH);
  auto const ended = run.wait();
  EXPECT_EQ(ended.exit_code, 9);
  ASSERT_TRUE(ended.record.exit);
  EXPECT_EQ(ended.record.exit->forwarded_signal, 0);
}

TEST_P(Signals, reach_the_whole_group) {
  // The shell waits for its child and does not die itself: only a signal to the group ends both.
  ContainedRun run(GetParam(), shell("trap : TERM; sh -c 'echo ready; exec sleep 600'; echo after"));
  run.start();
  ASSERT_EQ(run.next_line(), "ready");
  run.signal(SIGTERM);
  auto const ended = run.wait();
  EXPECT_EQ(ended.out, "after\n");
  EXPECT_EQ(ended.exit_code, 0);
}

TEST_P(Signals, are_back_to_their_defaults_in_the_command) {
  ContainedRun run(GetParam(), shell("kill -TERM $$; exit 1"));
  run.before_exec = [] {
    ::signal(SIGTERM, SIG_IGN);
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
  };
  auto const ended = run.run();
  ASSERT_TRUE(ended.record.exit);
  EXPECT_EQ(ended.record.exit->signal, SIGTERM);
}

TEST_P(Signals, sent_before_the_command_runs_are_not_lost) {
  // Pending and blocked from before exec: whenever the init gets to it, the command must end by it.
  ContainedRun run(GetParam(), shell("sleep 600"));
  run.before_exec = [] {
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
    ::raise(SIGTERM);
  };
  auto const ended = run.run();
  ASSERT_TRUE(ended.record.exit);
  EXPECT_EQ(ended.record.exit->signal, SIGTERM);
  EXPECT_EQ(ended.record.exit->forwarded_signal, SIGTERM);
}

TEST_P(Signals, are_not_needed_to_end_a_command_that_was_given_up) {
  auto command = shell("trap 'echo asked' TERM; echo ready; while :; do sleep 0.02; done");
  command.grace = std::chrono::milliseconds(200);
  ContainedRun run(GetParam(), command);
  run.start();
  ASSERT_EQ(run.next_line(), "ready");
  run.write_command("");
  auto const ended = run.wait();
  EXPECT_EQ(ended.out, "asked\n");
  ASSERT_TRUE(ended.record.exit);
  EXPECT_EQ(ended.record.exit->signal, SIGKILL);
  EXPECT_EQ(ended.record.exit->forwarded_signal, SIGTERM);
  EXPECT_FALSE(ended.record.exit->timed_out);
}

INSTANTIATE_TEST_SUITE_P(, Signals, testing::ValuesIn(places()), place_name);

}  // namespace init_test
