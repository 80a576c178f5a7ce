#include <sys/resource.h>
#include <sys/wait.h>

#include "unit/init/places.hpp"

namespace init_test {

using Kind = domain::InitExit::Kind;
using std::chrono::milliseconds;

TEST_P(Init, passes_the_exit_code_on_and_records_it) {
  for (int const code : {0, 3, 65, 75, 125, 126, 127, 128, 137, 255}) {
    auto const ended = ContainedRun(GetParam(), shell("exit $1", {std::to_string(code)})).run();
    EXPECT_EQ(ended.exit_code, code);
    ASSERT_TRUE(ended.record.exit) << code;
    EXPECT_EQ(ended.record.exit->kind, Kind::exited);
    EXPECT_EQ(ended.record.exit->code, code);
    EXPECT_EQ(ended.record.exit->signal, 0);
    EXPECT_FALSE(ended.record.exit->timed_out);
    EXPECT_FALSE(ended.record.torn);
  }
}

TEST_P(Init, records_a_death_by_signal) {
  auto const ended = ContainedRun(GetParam(), shell("kill -SEGV $$")).run();
  EXPECT_EQ(ended.exit_code, 128 + SIGSEGV);
  ASSERT_TRUE(ended.record.exit);
  EXPECT_EQ(ended.record.exit->kind, Kind::signalled);
  EXPECT_EQ(ended.record.exit->signal, SIGSEGV);
  EXPECT_EQ(ended.record.exit->code, 128 + SIGSEGV);
  EXPECT_EQ(ended.record.exit->forwarded_signal, 0);
}

TEST_P(Init, ends_a_command_at_its_timeout) {
  auto command = shell("sleep 600 & wait");
  command.timeout = milliseconds{150};
  auto const ended = ContainedRun(GetParam(), command).run();
  EXPECT_EQ(ended.exit_code, 128 + SIGTERM);
  ASSERT_TRUE(ended.record.exit);
  EXPECT_TRUE(ended.record.exit->timed_out);
  EXPECT_EQ(ended.record.exit->signal, SIGTERM);
  EXPECT_EQ(ended.record.exit->forwarded_signal, 0);
  EXPECT_GE(ended.record.exit->duration, milliseconds{150});
}

TEST_P(Init, case_27_kills_a_command_that_ignores_the_timeout) {
  auto command = shell("trap '' TERM; while :; do sleep 600; done");
  command.timeout = milliseconds{1000};  // time enough to set the trap, on a busy machine too
  command.grace = milliseconds{150};
  auto const ended = ContainedRun(GetParam(), command).run();
  EXPECT_EQ(ended.exit_code, 128 + SIGKILL);
  ASSERT_TRUE(ended.record.exit);
  EXPECT_TRUE(ended.record.exit->timed_out);
  EXPECT_EQ(ended.record.exit->signal, SIGKILL);
  EXPECT_GE(ended.record.exit->duration, milliseconds{1150});
}

TEST_P(Init, calls_a_timeout_a_timeout_even_if_the_command_then_exits_zero) {
  auto command = shell("trap 'exit 0' TERM; while :; do sleep 0.02; done");
  command.timeout = milliseconds{1000};
  auto const ended = ContainedRun(GetParam(), command).run();
  EXPECT_EQ(ended.exit_code, 0);
  ASSERT_TRUE(ended.record.exit);
  EXPECT_EQ(ended.record.exit->kind, Kind::exited);
  EXPECT_TRUE(ended.record.exit->timed_out);
}

TEST_P(Init, wakes_a_stopped_command_to_end_it) {
  auto command = shell("kill -STOP $$; exit 5");
  command.timeout = milliseconds{150};
  command.grace = std::chrono::minutes{5};
  auto const ended = ContainedRun(GetParam(), command).run();
  ASSERT_TRUE(ended.record.exit);
  EXPECT_TRUE(ended.record.exit->timed_out);
  EXPECT_EQ(ended.record.exit->signal, SIGTERM);
}

TEST_P(Init, measures_memory_and_time) {
  auto const ended = ContainedRun(GetParam(), shell("head -c 64000000 /dev/zero | tail -c 64000000 >/dev/null")).run();
  ASSERT_TRUE(ended.record.exit);
  EXPECT_GT(ended.record.exit->max_rss, 60'000'000);
  EXPECT_LT(ended.record.exit->max_rss, 640'000'000);
  EXPECT_GT((ended.record.exit->user_cpu + ended.record.exit->system_cpu).count(), 0);
  EXPECT_GE(ended.record.exit->oom_kills, -1);
  ASSERT_TRUE(ended.record.started_at);
  EXPECT_GE(ended.record.exit->finished_at, *ended.record.started_at);
}

TEST_P(Init, reaps_orphans_while_the_command_runs) {
  // Each orphan's parent is gone at once; a zombie would still answer to kill -0.
  auto const ended = ContainedRun(GetParam(), shell(R"sh(
    for n in 1 2 3 4 5 6 7 8 9 10; do pids="$pids $(sh -c 'sh -c "exit 0" >/dev/null & echo $!')"; done
    for p in $pids; do
      tries=0
      while kill -0 $p 2>/dev/null; do tries=$((tries + 1)); [ $tries -lt 500 ] || exit 9; sleep 0.01; done
    done)sh"))
                         .run();
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
}

TEST_P(Init, keeps_the_exit_code_when_the_record_cannot_be_finished) {
  ContainedRun run(GetParam(), shell("exit 3"));
  run.before_exec = [] {
    rlimit const room{100, 100};  // for the start mark, but not for the exit line
    ::setrlimit(RLIMIT_FSIZE, &room);
  };
  auto const ended = run.run();
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_THAT(ended.err, testing::HasSubstr("exit record cannot be written"));
  EXPECT_TRUE(ended.record.started);
  EXPECT_FALSE(ended.record.exit);
}

INSTANTIATE_TEST_SUITE_P(, Init, testing::ValuesIn(places()), place_name);

}  // namespace init_test
