#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "core/time.hpp"
#include "watch/local_settings.hpp"

namespace watch {

/// When the next full scan of a source starts, and why. Pure: no clock, no I/O.
class ScanPlanner {
 public:
  using Wait = LocalSettings::Wait;

  struct Plan {
    core::Steady due = core::Steady::max();
    std::string reason;
    bool may_remove = false;      ///< rows that were marked missing and are missing again may be removed
    bool mass_confirmed = false;  ///< ... even if they are very many: the breaker has held them long enough
  };
  /// What a scan left to do.
  struct End {
    std::int64_t errors = 0;       ///< entries that could not be read
    std::int64_t unwatched = 0;    ///< directories without a watch
    std::int64_t unconfirmed = 0;  ///< rows missing once
    bool mass = false;             ///< so many that the breaker holds them
  };

  explicit ScanPlanner(LocalSettings const& settings) : settings_(settings) {}

  /// Events were lost.
  void overflow(core::Steady now);
  void request(std::string reason, core::Steady now);
  [[nodiscard]] Plan next() const;
  void started(Plan const& plan, core::Steady now);
  /// A scan of a part left this to do: the same retries as for a full one.
  void part_ended(End const& end, core::Steady now);
  /// `jitter` of 0..1 spreads the hourly scans of many sources.
  void ended(End const& end, core::Steady now, double jitter);

 private:
  LocalSettings settings_;
  std::optional<Plan> requested_, retry_, unwatched_, confirm_;
  core::Steady periodic_ = core::Steady::max();
  std::optional<core::Steady> overflow_first_, overflow_last_;
  core::Steady overflow_floor_ = core::Steady::min();
  core::Steady started_{};
  bool overflow_scan_ = false;
  Wait backoff_{0};
};

}  // namespace watch
