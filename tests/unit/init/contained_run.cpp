#include "unit/init/contained_run.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace init_test {

namespace fs = std::filesystem;

std::vector<Place> places() {
  std::vector<Place> all{Place::plain};
  if (::geteuid() == 0) all.push_back(Place::pid_one);
  return all;
}

std::string name_of(Place place) {
  return place == Place::plain ? "plain" : "pid_one";
}

domain::InitCommand shell(std::string script, std::vector<std::string> arguments) {
  domain::InitCommand command;
  command.argv = {"/bin/sh", "-c", std::move(script), "sh"};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  return command;
}

std::string read_file(fs::path const& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

ContainedRun::ContainedRun(Place place) : place_(place) {
  // Another user has to get at it, as in a container.
  fs::permissions(folder_.path(), fs::perms{0777});
  fs::copy_file(TIDEWHEEL_INIT, path("init"));
  std::ofstream(path("record")).flush();
  fs::permissions(path("record"), fs::perms{0666});
  arguments = {path("init").string(), path("command").string(), path("record").string()};
}

ContainedRun::ContainedRun(Place place, domain::InitCommand const& command) : ContainedRun(place) {
  write_command(domain::encode(command).value());
}

void ContainedRun::write_command(std::string const& bytes) {
  std::ofstream(path("command"), std::ios::binary | std::ios::trunc) << bytes;
}

std::string ContainedRun::record_bytes() const {
  return read_file(path("record"));
}

void ContainedRun::start() {
  int out[2], err[2];
  if (::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  std::vector<char*> argv;
  for (auto& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  bool const apart = place_ == Place::pid_one;
  unsigned long const flags = SIGCHLD | (apart ? CLONE_NEWPID | CLONE_NEWNS : 0);
  pid_ = static_cast<pid_t>(::syscall(SYS_clone, flags, nullptr, nullptr, nullptr, nullptr));
  if (pid_ < 0) throw std::runtime_error("clone");
  if (pid_ == 0) {
    ::dup2(out[1], STDOUT_FILENO);
    ::dup2(err[1], STDERR_FILENO);
    if (apart && (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
                  ::mount("proc", "/proc", "proc", 0, nullptr) != 0))
      ::_exit(99);
    before_exec();
    ::execv(argv[0], argv.data());
    ::_exit(98);
  }
  ::close(out[1]);
  ::close(err[1]);
  out_.reset(out[0]);
  err_.reset(err[0]);
}

std::string ContainedRun::next_line() {
  for (;;) {
    if (auto const end = unread_.find('\n'); end != std::string::npos) {
      auto line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    char buffer[4096];
    auto const got = ::read(out_.get(), buffer, sizeof buffer);
    if (got <= 0) throw std::runtime_error("the command ended without another line");
    unread_.append(buffer, static_cast<std::size_t>(got));
  }
}

void ContainedRun::signal(int number) const {
  ::kill(pid_, number);
}

namespace {

std::string drain(int fd) {
  std::string all;
  char buffer[65536];
  for (ssize_t got; (got = ::read(fd, buffer, sizeof buffer)) > 0;) all.append(buffer, static_cast<std::size_t>(got));
  return all;
}

}  // namespace

Ended ContainedRun::wait() {
  Ended ended;
  ended.out = unread_ + drain(out_.get());
  ended.err = drain(err_.get());
  if (::waitpid(pid_, &ended.status, 0) != pid_) throw std::runtime_error("waitpid");
  if (WIFEXITED(ended.status)) ended.exit_code = WEXITSTATUS(ended.status);
  ended.record = domain::decode_record(record_bytes());
  unread_.clear();
  return ended;
}

}  // namespace init_test
