#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "core/time.hpp"
#include "domain/attempt_machine.hpp"

namespace domain {

// A plain container is one of a pipeline with `init: false`: nobody in it keeps a record of its start and its end, so
// only its engine can tell of them, which after a crash makes things up (container-runs.md, section 0).

/// What an engine shows of a plain container that was running and is looked at again.
struct PlainEnd {
  ContainerState container = ContainerState::absent;
  int exit_code = 0;
  core::Wall finished{};     ///< by the engine's clock
  bool same_engine = false;  ///< it is told by the life of the engine that started it, or that was seen to have it run
  std::optional<core::Wall> engine_began;  ///< the life that tells; unknown of many
  bool events_known = true;                ///< it could be asked what happened to the container
  bool killed = false;                     ///< it was sent a signal that could end it, and not by us
  bool started_again = false;              ///< after it had ended, and not by us
};

enum class Acceptance : std::uint8_t {
  adopt,               ///< it runs, under another life of the engine perhaps: that one's word counts from now on
  accept,              ///< the code is the command's own
  accept_log_suspect,  ///< so it is, but the engine was away when it ended, so the log may lack its last lines
  engine_restarted,    ///< what it did is unknown: interrupted
  killed_externally,   ///< somebody else had a hand in it: interrupted
  lost,                ///< it is gone: interrupted
  may_run_unseen,  ///< the engine has forgotten that it ran, and it may run still: interrupted; tried again if proven
                   ///< dead
};

/// Total. An exit code of 0 is accepted only from the engine that had the container run, and only where that can say
/// that nobody stopped it: a script that traps SIGTERM exits 0 when dockerd ends in order, and dockerd makes a 0 up for
/// a container that ended while it crashed. Of another life of the engine it takes a code that neither an orderly end
/// (143, 137) nor a crash (255, 0) leaves behind, and an end before that life began.
[[nodiscard]] Acceptance accept_end(PlainEnd const& end) noexcept;

/// A container that still is `created` though a start was sent whose answer never came. The engine has answered again
/// and two seconds have passed, so a start that was under way has come to the container's lock, which inspect waits
/// for.
struct Unanswered {
  bool same_engine = false;   ///< the life that was sent the start has answered all of this
  bool ever_started = false;  ///< StartedAt is set
  int exit_code = 0;
  bool has_log = false;
};
enum class Settled : std::uint8_t {
  start,    ///< nothing ran: start it (again)
  refused,  ///< that start failed, and so will every other: there is no such command
  ran,      ///< or may have: an engine that was killed has forgotten it (fact 4), and a script need not print anything
};
[[nodiscard]] Settled settle(Unanswered const& seen) noexcept;

/// When a plain container was seen to run first: by CLOCK_MONOTONIC, which no step of the wall clock moves.
struct RunningSince {
  std::string boot;  ///< core::boot_id(); empty: not seen yet
  std::chrono::milliseconds at{0};
};
/// How much of `timeout` is left, at least 0. Where the machine was started anew in between all of it is: nobody can
/// tell how long that took, and a timeout is never shortened.
[[nodiscard]] std::chrono::milliseconds time_left(std::chrono::milliseconds timeout, RunningSince const& since,
                                                  RunningSince const& now) noexcept;

}  // namespace domain
