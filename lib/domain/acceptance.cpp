#include "domain/acceptance.hpp"

#include <algorithm>
#include <csignal>

namespace domain {

namespace {

constexpr int exit_of_sigterm = 128 + SIGTERM, exit_of_sigkill = 128 + SIGKILL, unknown_to_the_engine = 255;

/// What an engine that ends, crashes or begins leaves as a code of its own, or as that of a container it has stopped.
bool may_be_the_engines(int code) noexcept {
  return code == 0 || code == exit_of_sigterm || code == exit_of_sigkill || code == unknown_to_the_engine;
}

Acceptance accept_exit(PlainEnd const& end) noexcept {
  bool const touched = end.killed || end.started_again;
  if (end.same_engine) {
    bool const unproven = end.exit_code == 0 && !end.events_known;
    return touched || unproven ? Acceptance::killed_externally : Acceptance::accept;
  }
  bool const before_it_began = end.engine_began && end.finished < *end.engine_began;
  return before_it_began && !touched && !may_be_the_engines(end.exit_code) ? Acceptance::accept_log_suspect
                                                                           : Acceptance::engine_restarted;
}

}  // namespace

Acceptance accept_end(PlainEnd const& end) noexcept {
  switch (end.container) {
    case ContainerState::running:
      return end.started_again ? Acceptance::killed_externally : Acceptance::adopt;
    case ContainerState::exited:
      return accept_exit(end);
    case ContainerState::created:
      return Acceptance::may_run_unseen;
    case ContainerState::absent:
    case ContainerState::removing:
    case ContainerState::foreign:
      return Acceptance::lost;
  }
  return Acceptance::lost;
}

Settled settle(Unanswered const& seen) noexcept {
  constexpr int not_executable = 126, not_found = 127;
  if (!seen.same_engine || seen.ever_started || seen.has_log) return Settled::ran;
  // Any other failure of a start may pass; what failed has run nothing.
  return seen.exit_code == not_executable || seen.exit_code == not_found ? Settled::refused : Settled::start;
}

std::chrono::milliseconds time_left(std::chrono::milliseconds timeout, RunningSince const& since,
                                    RunningSince const& now) noexcept {
  if (since.boot.empty() || since.boot != now.boot || now.at < since.at) return timeout;
  return std::max(timeout - (now.at - since.at), std::chrono::milliseconds{0});
}

}  // namespace domain
