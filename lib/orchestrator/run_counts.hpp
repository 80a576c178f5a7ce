#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "domain/run_state.hpp"
#include "orchestrator/pulse_step.hpp"

namespace orchestrator {

/// How runs ended since the daemon started, for counters that never go back. Loop thread only.
class RunCounts {
 public:
  /// Upper bounds in seconds; what lies beyond the last one counts in the sum alone.
  static constexpr std::array<double, 10> bounds{0.5, 1, 5, 15, 60, 300, 900, 3600, 14400, 86400};
  struct Durations {
    std::array<std::int64_t, bounds.size()> upto{};  ///< so many took at most so long: cumulative
    std::int64_t count = 0;
    double sum = 0;  ///< seconds
  };

  void add(std::vector<CountedEnd> const& ends);
  [[nodiscard]] std::map<std::string, std::map<domain::RunState, std::int64_t>> const& ended() const { return ended_; }
  [[nodiscard]] std::map<std::string, Durations> const& durations() const { return durations_; }

 private:
  std::map<std::string, std::map<domain::RunState, std::int64_t>> ended_;
  std::map<std::string, Durations> durations_;
};

}  // namespace orchestrator
