#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "domain/pipeline.hpp"
#include "domain/serializer.hpp"
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
  std::string key = {};                    ///< of its input; empty: it has none
  std::optional<std::string> serial = {};  ///< its value of `serialize_by`; nullopt: its pipeline has none
};

/// A pipeline's value of `serialize_by`.
using Serial = std::pair<store::PipelineId, std::string>;

/// What the runs of all pipelines may use together, or use.
struct Resources {
  double cpus = 0;
  std::int64_t memory = 0;  ///< bytes
  int gpus = 0;
};
[[nodiscard]] Resources operator+(Resources const& one, Resources const& other) noexcept;
/// How many of `all` it takes.
[[nodiscard]] int gpus_of(domain::GpuSpec const& wanted, int all) noexcept;

/// What a pipeline may have, and what each of its runs takes.
struct Share {
  int max_running = 4;
  int priority = 0;
  Resources run{1, 0};  ///< of one run; `cpus` 1 for a pipeline that sets no limit
  std::shared_ptr<domain::Serializer const> serializer = {};  ///< null: its runs go in any order
  bool cancels = false;                                       ///< `overlap: cancel`
};

/// Slots are limits.runs, seats are the runs that may be ahead of them.
struct Room {
  std::size_t slots = 0, seats = 0;
  std::map<store::PipelineId, int> taken;            ///< slots, by pipeline
  std::map<store::PipelineId, Share> shares;         ///< none: no bound
  Resources limits, used;                            ///< limits.cpus and limits.memory; 0: no limit
  std::map<store::PipelineId, std::uint64_t> turns;  ///< when each was last given something; none: never
  std::map<Serial, store::RunNo> serials;            ///< whose runs go on

  [[nodiscard]] Share share(store::PipelineId pipeline) const;
  [[nodiscard]] bool is_full(store::PipelineId pipeline) const;
  /// Who goes first: the higher priority, then the one with the fewest runs going on, then the one that was given
  /// something longest ago. So a long queue of one pipeline starves no other.
  [[nodiscard]] bool goes_before(store::PipelineId one, store::PipelineId other) const;
};

/// More than all there is: such a run can never start.
[[nodiscard]] bool exceeds(Resources const& wanted, Resources const& limits) noexcept;

/// Who goes on, in the order in which they do: the pipelines take turns (Room::goes_before), each with its runs in the
/// order of the queue. Whoever finds no slot lets those behind pass that need none; but where limits.cpus or
/// limits.memory leave too little for the one whose turn it is, nobody takes a slot before it, so that large runs are
/// not starved by small ones. A run holds no slot while it waits for a place in Staging, and so those who hold a slot
/// always come to their end. Of a `serialize_by` value one run goes on, whichever comes first in the queue.
/// `waited_for`: the pipeline for whose run too little is left, if there is one.
[[nodiscard]] std::vector<Candidate> choose(std::vector<Candidate> candidates, Room room,
                                            std::optional<store::PipelineId>* waited_for = nullptr);

}  // namespace orchestrator
