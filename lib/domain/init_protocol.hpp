#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"

namespace domain {

/// What the init in a container is told to run; bytes may be anything but NUL. Format: domain/init_format.h.
struct InitCommand {
  std::vector<std::string> argv;            ///< argv[0] is looked up in the container's PATH
  std::vector<std::string> environment;     ///< NAME=value, on top of the container's own
  std::string out_dir;                      ///< made with mode 0777 where that is possible; empty for none
  std::chrono::milliseconds timeout{0};     ///< 0: none; CLOCK_MONOTONIC, so it goes on while the container is paused
  std::chrono::milliseconds grace{10'000};  ///< between SIGTERM and SIGKILL at the timeout
};

/// Bytes of the command file. Errc::invalid for an empty argv, a NUL, or an entry that is not NAME=value;
/// Errc::too_large for a string over 128 KiB (execve(2), MAX_ARG_STRLEN) or 4 MiB in all.
[[nodiscard]] core::Result<std::string> encode(InitCommand const& command);

/// How the command ended, as the init saw it.
struct InitExit {
  enum class Kind : std::uint8_t {
    exited,
    signalled,
    no_command,      ///< argv[0] is not there; the container exits 127
    not_executable,  ///< it is there, but execve failed (error_number); 126
    not_started,     ///< no process could be made (error_number); 125
  };
  Kind kind = Kind::exited;
  int code = 0;              ///< what the container exits with: the command's own, or 128 + signal
  int signal = 0;            ///< that ended the command, 0 for none
  int error_number = 0;      ///< errno of execve or fork, 0 for none
  bool timed_out = false;    ///< SIGTERM was sent for the timeout, whatever the command then made of it
  int forwarded_signal = 0;  ///< last terminating signal from outside that was passed on, 0 for none
  std::int64_t max_rss = 0;  ///< bytes, of the largest process
  std::chrono::microseconds user_cpu{0}, system_cpu{0};
  std::int64_t oom_kills = -1;  ///< in this cgroup during the run; -1: the kernel did not tell
  core::Wall finished_at{};
  std::chrono::milliseconds duration{0};  ///< by CLOCK_MONOTONIC
};

/// What a record file proves.
struct InitRecord {
  /// A start mark (or traces of one that was tampered with): the command may have run. False with an exit code 125 of
  /// the container: it certainly did not.
  bool started = false;
  std::optional<core::Wall> started_at;
  std::optional<InitExit> exit;  ///< only behind a start mark, and only with an intact checksum; the last one counts
  /// Size of the sealed bundle of the out directory, if there is one; only behind an exit.
  std::optional<std::int64_t> bundle_size;
  bool torn = false;  ///< there are bytes that are no intact line
};

/// Reads at most TW_RECORD_MAX_SIZE bytes of `bytes`; never fails, since damage is an answer too.
[[nodiscard]] InitRecord decode_record(std::string_view bytes);

/// "exited" "signalled" "no_command" "not_executable" "not_started", as in the file.
[[nodiscard]] std::string_view to_string(InitExit::Kind kind) noexcept;

}  // namespace domain
