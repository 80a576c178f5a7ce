#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/temp_dir.hpp"

namespace support {

/// How a program ended, and what it wrote.
struct Ended {
  int code = -1;  ///< exit code, or 128 + signal
  std::string out, err;
};

/// Runs a program to its end with stdin closed. `environment` is NAME=value; nothing is inherited but PATH and what
/// sanitizers read.
inline Ended run_program(std::vector<std::string> arguments, std::vector<std::string> environment = {}) {
  TempDir const folder;
  auto const out = (folder / "out").string();
  auto const err = (folder / "err").string();
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT, 0600);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), O_WRONLY | O_CREAT, 0600);
  for (auto const* const name : {"PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"})
    if (auto const* const value = ::getenv(name)) environment.push_back(std::string(name) + "=" + value);
  auto const pointers = [](std::vector<std::string>& texts) {
    std::vector<char*> list;
    for (auto& text : texts) list.push_back(text.data());
    list.push_back(nullptr);
    return list;
  };
  auto argv = pointers(arguments);
  auto env = pointers(environment);
  pid_t pid = 0;
  auto const failed = ::posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), env.data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error("cannot start " + arguments.at(0));
  int status = 0;
  ::waitpid(pid, &status, 0);
  auto const read = [](std::string const& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  };
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read(out), read(err)};
}

}  // namespace support
