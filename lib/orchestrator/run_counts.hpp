#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/histogram.hpp"
#include "domain/run_state.hpp"
#include "orchestrator/pulse_step.hpp"

namespace orchestrator {

/// How runs ended since the daemon started, for counters that never go back. Loop thread only.
class RunCounts {
 public:
  /// Upper bounds in seconds.
  static constexpr std::array<double, 10> bounds{0.5, 1, 5, 15, 60, 300, 900, 3600, 14400, 86400};
  /// Of stages, which may be much shorter than runs.
  static constexpr std::array<double, 12> stage_bounds{0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 3600, 14400, 86400};

  void add(std::vector<CountedEnd> const& ends);
  [[nodiscard]] std::map<std::string, std::map<domain::RunState, std::int64_t>> const& ended() const { return ended_; }
  /// By pipeline, in seconds.
  [[nodiscard]] std::map<std::string, core::Histogram> const& durations() const { return durations_; }
  /// By pipeline and stage, in seconds.
  [[nodiscard]] std::map<std::string, std::map<std::string, core::Histogram>> const& stages() const { return stages_; }

 private:
  std::map<std::string, std::map<domain::RunState, std::int64_t>> ended_;
  std::map<std::string, core::Histogram> durations_;
  std::map<std::string, std::map<std::string, core::Histogram>> stages_;
};

}  // namespace orchestrator
