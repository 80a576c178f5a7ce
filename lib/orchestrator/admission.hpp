#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "store/ids.hpp"

namespace orchestrator {

/// A run that may go on now, if there is room.
struct Candidate {
  enum class Kind : std::uint8_t {
    direct,  ///< waits in the queue: claimed into a slot
    object,  ///< waits in the queue, its input is in a bucket: claimed ahead of a slot, to fetch it
    ready,   ///< was claimed ahead, and its input is here: takes a slot
  };
  store::RunNo no;
  store::PipelineId pipeline;
  std::int64_t place = 0;  ///< in the queue
  Kind kind = Kind::direct;
};

/// Slots are limits.runs, seats are the runs that may be ahead of them.
struct Room {
  std::size_t slots = 0, seats = 0;
  std::map<store::PipelineId, int> taken;  ///< slots, by pipeline
  std::map<store::PipelineId, int> most;   ///< max_running; none: no bound
};

/// Who goes on, in the order of the queue: whoever finds no room lets those behind pass that do. A run holds no slot
/// while it waits for a place in Staging, and so those who hold a slot always come to their end.
[[nodiscard]] std::vector<Candidate> choose(std::vector<Candidate> candidates, Room room);

}  // namespace orchestrator
