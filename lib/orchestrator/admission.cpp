#include "orchestrator/admission.hpp"

#include <algorithm>

namespace orchestrator {

namespace {

bool take_slot(Room& room, store::PipelineId pipeline) {
  auto const most = room.most.find(pipeline);
  auto& taken = room.taken[pipeline];
  if (room.slots == 0 || (most != room.most.end() && taken >= most->second)) return false;
  --room.slots;
  ++taken;
  return true;
}

bool take_seat(Room& room) {
  if (room.seats == 0) return false;
  --room.seats;
  return true;
}

}  // namespace

std::vector<Candidate> choose(std::vector<Candidate> candidates, Room room) {
  std::ranges::sort(candidates, {}, [](Candidate const& each) { return std::pair(each.place, each.no); });
  std::erase_if(candidates, [&room](Candidate const& each) {
    return each.kind == Candidate::Kind::object ? !take_seat(room) : !take_slot(room, each.pipeline);
  });
  return candidates;
}

}  // namespace orchestrator
