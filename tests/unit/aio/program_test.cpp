#include "aio/program.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <cerrno>

#include "aio/sleep.hpp"
#include "aio/task_group.hpp"
#include "support/run_coro.hpp"

namespace aio {
namespace {

using namespace std::chrono_literals;
using How = ProgramEnd::How;

class ProgramTest : public testing::Test {
 protected:
  ProgramTest() { ::signal(SIGPIPE, SIG_IGN); }  // as the daemon does: a program need not listen
  ~ProgramTest() override { worker.join(); }
  core::Result<ProgramEnd> run(Program program) {
    auto body = [&]() -> awaitable<core::Result<ProgramEnd>> {
      auto end = co_await run_program(worker, std::move(program));
      co_return end;
    };
    return support::run_coro(io, std::move(body));
  }
  static Program shell(std::string script, std::chrono::milliseconds limit = 20s) {
    Program program;
    program.argv = {"sh", "-c", std::move(script)};
    program.limit = limit;
    return program;
  }

  asio::io_context io{1};
  Worker worker{1, "tw-test"};
};

TEST_F(ProgramTest, is_asked_and_answers) {
  auto program = shell("read -r it; echo \"got $it\"; echo oh >&2; exit 3");
  program.input = "this\n";
  auto const end = run(std::move(program)).value();
  EXPECT_EQ(end.how, How::exited);
  EXPECT_EQ(end.code, 3);
  EXPECT_EQ(end.out.reveal(), "got this\n");
  EXPECT_EQ(end.errors, "oh\n");
}

TEST_F(ProgramTest, need_not_listen) {
  auto program = shell("exec 0<&-; echo fine");
  program.input = std::string(1U << 20U, 'x');
  EXPECT_EQ(run(std::move(program)).value().out.reveal(), "fine\n");
}

TEST_F(ProgramTest, that_is_not_there_says_so) {
  Program program;
  program.argv = {"tidewheel-no-such-program"};
  program.limit = 1s;
  auto const end = run(std::move(program));
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, core::Errc::not_found);
  EXPECT_EQ(end.error().subject, "tidewheel-no-such-program");
}

TEST_F(ProgramTest, has_a_time_limit_with_all_that_it_started) {
  auto const end = run(shell("echo $$; sleep 300 & sleep 300", 200ms)).value();
  EXPECT_EQ(end.how, How::timed_out);
  auto const group = std::stoi(end.out.reveal());
  // What lives is not a zombie of that group.
  auto const alive = run(shell("ps -eo pgid=,stat= | awk '$1 == " + std::to_string(group) + " && $2 !~ /Z/'")).value();
  EXPECT_EQ(alive.out.reveal(), "");
}

TEST_F(ProgramTest, may_say_so_much_and_no_more) {
  auto program = shell("yes");
  program.most_output = 1000;
  auto const end = run(std::move(program)).value();
  EXPECT_EQ(end.how, How::said_too_much);
  EXPECT_LE(end.out.reveal().size(), 1001U);
  auto exact = shell("printf %01000d 7; head -c 100000 /dev/zero >&2");
  exact.most_output = 1000;
  auto const full = run(std::move(exact)).value();
  EXPECT_EQ(full.how, How::exited);
  EXPECT_EQ(full.out.reveal().size(), 1000U);
  EXPECT_EQ(full.errors.size(), 4096U);
}

TEST_F(ProgramTest, is_not_waited_for_by_what_it_left_behind) {
  auto const end = run(shell("sleep 5 & echo done")).value();
  EXPECT_EQ(end.how, How::exited);
  EXPECT_EQ(end.out.reveal(), "done\n");
}

TEST_F(ProgramTest, tells_of_a_signal) {
  auto const end = run(shell("kill -SEGV $$")).value();
  EXPECT_EQ(end.how, How::signalled);
  EXPECT_EQ(end.code, SIGSEGV);
}

TEST_F(ProgramTest, dies_with_whoever_asked_it) {
  auto body = [&]() -> awaitable<void> {
    TaskGroup group(io.get_executor());
    group.spawn([&]() -> awaitable<void> {
      auto program = shell("sleep 300");
      (void)co_await run_program(worker, std::move(program));
      ADD_FAILURE() << "it ended";
    });
    co_await sleep_for(200ms);
    group.stop();
    co_await group.join();
  };
  support::run_coro(io, std::move(body), 10s);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);  // no child is left, not even a zombie
  EXPECT_EQ(errno, ECHILD);
}

}  // namespace
}  // namespace aio
