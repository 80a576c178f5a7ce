#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/time.hpp"
#include "domain/run_state.hpp"

namespace domain {

/// What is known about an attempt after its container ended.
struct AttemptEnd {
  RunState outcome = RunState::failed;  ///< what this attempt alone would make of the run
  Reason reason = Reason::none;
  std::string detail;
  std::optional<int> exit_code, signal;
  bool oom_killed = false;
  std::optional<std::int64_t> max_rss_bytes, cpu_ms;
  std::optional<core::Wall> exited;
  bool log_suspect = false;     ///< the engine was away when it ended: the log may lack its last lines
  bool may_run_unseen = false;  ///< nobody can prove that its command has ended: no other attempt is made by itself
};

}  // namespace domain
