#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "core/fd.hpp"
#include "domain/init_protocol.hpp"
#include "support/temp_dir.hpp"

namespace init_test {

/// How the real binary is started: as an ordinary process, or as PID 1 of its own PID namespace (needs root).
enum class Place { plain, pid_one };
[[nodiscard]] std::vector<Place> places();
[[nodiscard]] std::string name_of(Place place);

/// A command for /bin/sh -c; further arguments are $1, $2, ...
[[nodiscard]] domain::InitCommand shell(std::string script, std::vector<std::string> arguments = {});

/// What came of one start of the init.
struct Ended {
  int status = 0;      ///< waitpid's
  int exit_code = -1;  ///< -1 when killed by a signal
  std::string out;     ///< stdout, read to its end
  std::string err;
  domain::InitRecord record;
};

/// One attempt's folder with the binary, the command file and the record file, as the daemon lays them out.
class ContainedRun {
 public:
  explicit ContainedRun(Place place = Place::plain);
  ContainedRun(Place place, domain::InitCommand const& command);

  void write_command(std::string const& bytes);
  [[nodiscard]] std::filesystem::path path(std::string_view name) const { return folder_ / name; }
  [[nodiscard]] std::string record_bytes() const;

  /// Runs in the new process before it becomes the init; only async-signal-safe calls.
  std::function<void()> before_exec = [] {};
  /// What the init is called with; by default the folder's own files.
  std::vector<std::string> arguments;

  void start();
  /// Blocks until the command has written a whole line.
  std::string next_line();
  void signal(int number) const;
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  Ended wait();
  Ended run() { return start(), wait(); }

 private:
  Place place_;
  support::TempDir folder_;
  pid_t pid_ = -1;
  core::Fd out_, err_;
  std::string unread_;
};

[[nodiscard]] std::string read_file(std::filesystem::path const& path);

}  // namespace init_test
