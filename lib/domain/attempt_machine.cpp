#include "domain/attempt_machine.hpp"

namespace domain {

AttemptAction next_action(Step step, ContainerState container) noexcept {
  switch (container) {
    case ContainerState::foreign:
      return AttemptAction::refuse;
    case ContainerState::removing:
      return AttemptAction::look_again;
    case ContainerState::running:
      return AttemptAction::await_exit;
    case ContainerState::exited:
      return AttemptAction::judge;
    case ContainerState::created:
      // After `running` was seen, `created` can only be a forgery of a crashed engine (container-runs.md, fact 4).
      return step <= Step::starting ? AttemptAction::start : AttemptAction::lost;
    case ContainerState::absent:
      // Nothing was ever started before the step `starting`, so creating it (again) is safe.
      return step <= Step::created ? AttemptAction::create : AttemptAction::lost;
  }
  return AttemptAction::refuse;
}

}  // namespace domain
