#pragma once

#include <cstdint>

#include "domain/run_state.hpp"

namespace domain {

/// What the engine says about an attempt's container, reduced to what a decision needs.
enum class ContainerState : std::uint8_t {
  absent,    ///< proven: 404 by name
  created,   ///< never started
  running,   ///< running or paused
  exited,    ///< exited or dead
  removing,  ///< going away by itself: look again
  foreign,   ///< the name is taken by a container that is not this attempt's
};

/// What to do next with an attempt's container. `look_again` follows every other action but the last three.
enum class AttemptAction : std::uint8_t {
  create,      ///< POST create; the intent is durable already
  start,       ///< commit step `starting`, then POST start
  await_exit,  ///< commit step `running`, wait
  judge,       ///< it ended: read the record, commit step `exited`, collect
  look_again,  ///< inspect after a pause
  lost,        ///< it is gone or can no longer be trusted: the attempt is interrupted unless the record knows better
  refuse,      ///< never touch it: the name belongs to somebody else
};

/// The whole policy for one attempt's container, from the durable step and what the engine shows. Total: every pair has
/// an answer, so recovery after a crash at any point is the same code as the ordinary way. The init's start mark makes
/// `start` safe to repeat while the container is only `created`; an exited container is never started (Docker would run
/// it again).
[[nodiscard]] AttemptAction next_action(Step step, ContainerState container) noexcept;

}  // namespace domain
