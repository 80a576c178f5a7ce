#include "orchestrator/admission.hpp"

#include <algorithm>
#include <deque>
#include <tuple>

namespace orchestrator {

namespace {

template <class Map>
auto value_or(Map const& map, store::PipelineId pipeline, typename Map::mapped_type otherwise) {
  auto const it = map.find(pipeline);
  return it == map.end() ? otherwise : it->second;
}

bool take_slot(Room& room, store::PipelineId pipeline, std::optional<store::PipelineId>& waited_for) {
  if (room.slots == 0 || room.is_full(pipeline)) return false;
  auto const wanted = room.share(pipeline).run;
  if (exceeds(wanted, room.limits)) return false;
  auto const then = room.used + wanted;
  if (exceeds(then, room.limits)) {
    room.slots = 0;  // nobody goes ahead of it
    waited_for = pipeline;
    return false;
  }
  --room.slots;
  ++room.taken[pipeline];
  room.used = then;
  return true;
}

/// A run that is ready was claimed ahead, and has been the one of its value since.
bool is_its_turn(Room const& room, Candidate const& run) {
  return run.kind == Candidate::Kind::ready || !run.serial || !room.serials.contains({run.pipeline, *run.serial});
}

bool take_seat(Room& room) {
  if (room.seats == 0) return false;
  --room.seats;
  return true;
}

}  // namespace

Share Room::share(store::PipelineId pipeline) const {
  auto const it = shares.find(pipeline);
  if (it != shares.end()) return it->second;
  Share unknown;
  unknown.max_running = 10'000;
  return unknown;
}

bool Room::is_full(store::PipelineId pipeline) const {
  return value_or(taken, pipeline, 0) >= share(pipeline).max_running;
}

bool Room::goes_before(store::PipelineId one, store::PipelineId other) const {
  auto const rank = [this](store::PipelineId pipeline) {
    return std::tuple(-share(pipeline).priority, value_or(taken, pipeline, 0), value_or(turns, pipeline, 0));
  };
  return rank(one) < rank(other);
}

bool exceeds(Resources const& wanted, Resources const& limits) noexcept {
  constexpr double rounding = 1e-9;
  return (limits.cpus > 0 && wanted.cpus > limits.cpus + rounding) ||
         (limits.memory > 0 && wanted.memory > limits.memory) || (limits.gpus > 0 && wanted.gpus > limits.gpus);
}

Resources operator+(Resources const& one, Resources const& other) noexcept {
  return {one.cpus + other.cpus, one.memory + other.memory, one.gpus + other.gpus};
}

int gpus_of(domain::GpuSpec const& wanted, int all) noexcept {
  if (wanted.count < 0) return all;
  return wanted.devices.empty() ? wanted.count : static_cast<int>(wanted.devices.size());
}

std::vector<Candidate> choose(std::vector<Candidate> candidates, Room room,
                              std::optional<store::PipelineId>* waited_for) {
  std::optional<store::PipelineId> blocked;
  std::ranges::sort(candidates, {}, [](Candidate const& each) { return std::pair(each.place, each.no); });
  // In the order of their first runs, which decides between those that are equal otherwise.
  std::vector<std::pair<store::PipelineId, std::deque<Candidate>>> queues;
  for (auto const& run : candidates) {
    auto queue = std::ranges::find(queues, run.pipeline, [](auto const& each) { return each.first; });
    if (queue == queues.end()) queue = queues.insert(queues.end(), {run.pipeline, {}});
    queue->second.push_back(run);
  }
  std::uint64_t turn = 0;
  for (auto const& [pipeline, last] : room.turns) turn = std::max(turn, last);
  std::vector<Candidate> chosen;
  while (!queues.empty()) {
    auto const next = std::ranges::min_element(
        queues, [&room](auto const& a, auto const& b) { return room.goes_before(a.first, b.first); });
    auto const run = next->second.front();
    next->second.pop_front();
    if (!is_its_turn(room, run)) {
      if (next->second.empty()) queues.erase(next);
      continue;
    }
    bool const goes_on = run.kind == Candidate::Kind::object ? take_seat(room) : take_slot(room, run.pipeline, blocked);
    if (goes_on) {
      if (run.serial) room.serials.emplace(Serial{run.pipeline, *run.serial}, run.no);
      chosen.push_back(run);
      room.turns[run.pipeline] = ++turn;
    }
    if (next->second.empty()) queues.erase(next);
  }
  if (waited_for != nullptr) *waited_for = blocked;
  return chosen;
}

}  // namespace orchestrator
