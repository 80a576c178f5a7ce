#include "aio/program.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>

#include "aio/sleep.hpp"
#include "aio/task_group.hpp"
#include "core/fd.hpp"

namespace aio {

using core::Result;
using How = ProgramEnd::How;

namespace {

constexpr std::size_t most_errors = 4096;

struct Pipe {
  core::Fd read, write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return core::from_errno(errno, "make a pipe", "");
  return Pipe{core::Fd(ends[0]), core::Fd(ends[1])};
}

/// Attributes and redirections of posix_spawn(3), freed on every way out.
struct SpawnPlan {
  SpawnPlan(int in, int out, int errors) {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    ::posix_spawnattr_init(&attributes);
    sigset_t set;
    sigemptyset(&set);
    ::posix_spawnattr_setsigmask(&attributes, &set);
    sigaddset(&set, SIGPIPE);  // the daemon ignores it, and that would be inherited
    ::posix_spawnattr_setsigdefault(&attributes, &set);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  SpawnPlan(SpawnPlan const&) = delete;
  SpawnPlan& operator=(SpawnPlan const&) = delete;
  ~SpawnPlan() {
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
  }
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

struct Child {
  pid_t pid = -1;
  core::Fd ended;  ///< pidfd_open(2): readable once it has ended
  core::Fd in, out, errors;
};

Result<Child> spawn(std::vector<std::string> const& argv) {
  auto in = make_pipe();
  auto out = make_pipe();
  auto errors = make_pipe();
  for (auto const* pipe : {&in, &out, &errors})
    if (!*pipe) return pipe->error();
  std::vector<char*> words;
  words.reserve(argv.size() + 1);
  for (auto const& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  SpawnPlan const plan(in->read.get(), out->write.get(), errors->write.get());
  Child child;
  auto const refused =
      ::posix_spawnp(&child.pid, words.front(), &plan.actions, &plan.attributes, words.data(), ::environ);
  if (refused != 0) return core::from_errno(refused, "start", argv.front());
  child.ended = core::Fd(static_cast<int>(::syscall(SYS_pidfd_open, child.pid, 0)));
  if (!child.ended) {
    auto const error = core::from_errno(errno, "watch", argv.front());
    ::kill(-child.pid, SIGKILL);
    ::waitpid(child.pid, nullptr, 0);
    return error;
  }
  child.in = std::move(in->write);
  child.out = std::move(out->read);
  child.errors = std::move(errors->read);
  for (auto const* fd : {&child.in, &child.out, &child.errors}) ::fcntl(fd->get(), F_SETFL, O_NONBLOCK);
  return child;
}

/// A child on the loop. Its zombie is taken by reap(), on every way out.
class Running {
 public:
  Running(asio::any_io_executor const& executor, Child child, std::size_t most_output)
      : pid_(child.pid),
        most_output_(most_output),
        in_(executor, child.in.release()),
        out_(executor, child.out.release()),
        errors_(executor, child.errors.release()),
        ended_(executor, child.ended.release()) {
    said_.resize(most_output + 1);  // once, so that no copy of it stays behind where it grew
  }

  [[nodiscard]] awaitable<void> attend(TaskGroup& group, Program const& program) {
    group.spawn([this, &program] { return tell(program.input); });
    group.spawn([this] { return hear_output(); });
    group.spawn([this] { return hear_errors(); });
    group.spawn([this, limit = program.limit] { return watch(limit); });
    co_await ended_.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
  }

  void kill(How why) {
    if (how_ == How::exited) how_ = why;
    ::kill(-pid_, SIGKILL);
  }

  /// Waits for the end of one that was killed, and lets the kernel forget it.
  [[nodiscard]] awaitable<void> reap() {
    while (::waitpid(pid_, &status_, WNOHANG) == 0)
      co_await ended_.async_wait(asio::posix::stream_descriptor::wait_read, asio::as_tuple(asio::use_awaitable));
  }

  [[nodiscard]] ProgramEnd end() {
    heard_ += drain(out_, asio::buffer(said_) + heard_);
    complained_ += drain(errors_, asio::buffer(complaints_) + complained_);
    if (heard_ > most_output_ && how_ == How::exited) how_ = How::said_too_much;
    ProgramEnd end;
    end.how = how_ == How::exited && WIFSIGNALED(status_) ? How::signalled : how_;
    end.code = WIFSIGNALED(status_) ? WTERMSIG(status_) : WEXITSTATUS(status_);
    said_.resize(heard_);
    end.out = core::Secret(std::move(said_));
    end.errors.assign(complaints_.data(), complained_);
    return end;
  }

 private:
  [[nodiscard]] awaitable<void> tell(std::string const& input) {
    auto const told = co_await asio::async_write(in_, asio::buffer(input), asio::as_tuple(asio::use_awaitable));
    (void)told;  // one that does not listen may know what to say all the same
    in_.close();
  }

  [[nodiscard]] awaitable<void> hear_output() {
    while (heard_ <= most_output_) {
      auto const room = asio::buffer(said_) + heard_;
      auto const [error, got] = co_await out_.async_read_some(room, asio::as_tuple(asio::use_awaitable));
      heard_ += got;
      if (error) co_return;
    }
    kill(How::said_too_much);
  }

  /// To the end, since one that cannot write waits; what is over the bound is dropped.
  [[nodiscard]] awaitable<void> hear_errors() {
    std::array<char, 1024> dropped{};
    for (;;) {
      bool const full = complained_ == complaints_.size();
      auto const room = full ? asio::buffer(dropped) : asio::buffer(complaints_) + complained_;
      auto const [error, got] = co_await errors_.async_read_some(room, asio::as_tuple(asio::use_awaitable));
      if (!full) complained_ += got;
      if (error) co_return;
    }
  }

  [[nodiscard]] awaitable<void> watch(std::chrono::milliseconds limit) {
    co_await sleep_for(limit);
    kill(How::timed_out);
  }

  /// What it said just before it ended; how much.
  static std::size_t drain(asio::posix::stream_descriptor& from, asio::mutable_buffer room) {
    std::size_t sum = 0;
    while (sum < room.size()) {
      auto const got = ::read(from.native_handle(), static_cast<char*>(room.data()) + sum, room.size() - sum);
      if (got <= 0) break;
      sum += static_cast<std::size_t>(got);
    }
    return sum;
  }

  pid_t pid_;
  std::size_t most_output_;
  asio::posix::stream_descriptor in_, out_, errors_, ended_;
  std::string said_;
  std::size_t heard_ = 0;
  std::array<char, most_errors> complaints_{};
  std::size_t complained_ = 0;
  How how_ = How::exited;
  int status_ = 0;
};

}  // namespace

awaitable<Result<ProgramEnd>> run_program(Worker& pool, Program program) {
  auto start = [&argv = program.argv] { return spawn(argv); };
  auto child = co_await pool.run(std::move(start));
  if (!child) co_return child.error();
  auto const executor = co_await asio::this_coro::executor;
  Running running(executor, std::move(*child), program.most_output);
  std::exception_ptr error;
  try {
    auto body = [&](TaskGroup& group) { return running.attend(group, program); };
    co_await with_task_group(std::move(body));
  } catch (...) {
    error = std::current_exception();  // cancelled, and with_task_group() has seen to it that one can still wait
    running.kill(How::timed_out);
  }
  co_await running.reap();
  if (error) std::rethrow_exception(error);
  co_return running.end();
}

}  // namespace aio
