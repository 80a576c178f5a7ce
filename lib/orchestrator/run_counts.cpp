#include "orchestrator/run_counts.hpp"

namespace orchestrator {

void RunCounts::add(std::vector<CountedEnd> const& ends) {
  for (auto const& end : ends) {
    ++ended_[end.pipeline][end.state];
    if (!end.duration) continue;
    auto& durations = durations_[end.pipeline];
    auto const seconds = static_cast<double>(end.duration->count()) / 1000;
    ++durations.count;
    durations.sum += seconds;
    for (std::size_t i = 0; i < bounds.size(); ++i)
      if (seconds <= bounds[i]) ++durations.upto[i];
  }
}

}  // namespace orchestrator
