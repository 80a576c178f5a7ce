#include "orchestrator/startable.hpp"

#include <algorithm>

#include "store/runs.hpp"

namespace orchestrator {

using Kind = Candidate::Kind;

namespace {

/// So far into the queue of a pipeline with `serialize_by` is looked for runs whose value is free.
constexpr std::size_t serialized_depth = 1000;

/// The head of one pipeline's queue.
class Head {
 public:
  Head(Room const& room, store::PipelineId pipeline, std::set<store::RunNo> const& busy,
       std::vector<Overtaken>* overtaken)
      : room_(room), share_(room.share(pipeline)), pipeline_(pipeline), busy_(busy), overtaken_(overtaken) {}

  /// `most`: how many may be of use. A run that is due again may still have the runner that removes its last container:
  /// that one wakes us when it is done.
  std::vector<store::Startable> take(sql::Connection& db, core::Wall now, std::size_t most) {
    auto runs = store::startable_of(db, pipeline_, now, share_.serializer ? serialized_depth : most + busy_.size());
    std::erase_if(runs, [this](auto const& run) { return busy_.contains(run.no); });
    if (share_.serializer) std::erase_if(runs, [this](auto const& run) { return !is_first(run); });
    if (runs.size() > most) runs.resize(most);
    return runs;
  }
  [[nodiscard]] std::optional<std::string> serial(store::Startable const& run) const {
    return share_.serializer ? std::optional(share_.serializer->value(run.key)) : std::nullopt;
  }

 private:
  bool is_first(store::Startable const& run) {
    auto value = *serial(run);
    auto const active = room_.serials.find({pipeline_, value});
    if (active == room_.serials.end()) return seen_.insert(std::move(value)).second;
    if (share_.cancels && overtaken_ != nullptr) overtaken_->push_back({active->second, run.no});
    return false;
  }

  Room const& room_;
  Share share_;
  store::PipelineId pipeline_;
  std::set<store::RunNo> const& busy_;
  std::vector<Overtaken>* overtaken_;
  std::set<std::string> seen_;
};

/// Whether something of it could be cancelled for newer data.
bool may_be_overtaken(Room const& room, store::PipelineId pipeline) {
  if (!room.share(pipeline).cancels) return false;
  auto const it = room.serials.lower_bound({pipeline, {}});
  return it != room.serials.end() && it->first.first == pipeline;
}

}  // namespace

std::vector<Candidate> find_startable(sql::Connection& db, std::vector<store::PipelineId> open, Room const& room,
                                      std::set<store::RunNo> const& busy, bool buckets, core::Wall now,
                                      std::vector<Overtaken>* overtaken) {
  std::ranges::sort(open, [&room](auto one, auto other) {
    return room.goes_before(one, other) || (!room.goes_before(other, one) && one < other);
  });
  std::vector<Candidate> found;
  std::size_t for_slots = 0;  // pipelines that have something for one
  std::size_t for_seats = 0;
  for (auto const pipeline : open) {
    bool const enough = for_slots >= room.slots && for_seats >= room.seats;
    bool const slot = room.slots > 0 && !room.is_full(pipeline) && !exceeds(room.share(pipeline).run, room.limits);
    bool const of_use = !enough && (slot || room.seats > 0);
    if (!of_use && !may_be_overtaken(room, pipeline)) continue;
    bool has_direct = false;
    bool has_object = false;
    Head head(room, pipeline, busy, overtaken);
    auto const runs = head.take(db, now, room.slots + room.seats);
    if (!of_use) continue;
    for (auto const& run : runs) {
      auto const kind = run.is_object && buckets ? Kind::object : Kind::direct;
      (kind == Kind::object ? has_object : has_direct) = true;
      found.push_back({run.no, run.pipeline, run.place, kind, run.key, head.serial(run)});
    }
    if (slot && has_direct) ++for_slots;
    if (has_object) ++for_seats;
  }
  return found;
}

}  // namespace orchestrator
