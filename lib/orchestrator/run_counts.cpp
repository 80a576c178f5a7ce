#include "orchestrator/run_counts.hpp"

namespace orchestrator {

namespace {

double seconds_of(std::chrono::milliseconds time) {
  return static_cast<double>(time.count()) / 1000;
}

}  // namespace

void RunCounts::add(std::vector<CountedEnd> const& ends) {
  for (auto const& end : ends) {
    ++ended_[end.pipeline][end.state];
    if (end.duration) durations_.try_emplace(end.pipeline, bounds).first->second.add(seconds_of(*end.duration));
    auto& stages = stages_[end.pipeline];
    for (auto const& [stage, took] : end.stages)
      stages.try_emplace(stage, stage_bounds).first->second.add(seconds_of(took));
  }
}

}  // namespace orchestrator
