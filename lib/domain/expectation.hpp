#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"

namespace domain {

/// `expect:` of a pipeline: when data has to have come and succeeded. Either so often at least, or by a time of day.
struct ExpectSpec {
  std::chrono::milliseconds at_least_every{0};  ///< 0: by the clock
  int by_minute = 0;                            ///< of the local day
  std::vector<int> days;                        ///< 0 Sunday ... 6 Saturday, ascending, at least one
  std::string timezone = "UTC";
  int min = 1;  ///< items that must have succeeded since the deadline before

  friend bool operator==(ExpectSpec const&, ExpectSpec const&) = default;
};

/// "at least every 26h", "by 07:30 Europe/Berlin on mon, tue, wed, thu, fri, at least 200".
[[nodiscard]] std::string to_text(ExpectSpec const& spec);

/// The first deadline after `at`, and the last one that is not after it; by the clock only.
[[nodiscard]] core::Wall deadline_after(ExpectSpec const& spec, core::Wall at);
[[nodiscard]] core::Wall deadline_up_to(ExpectSpec const& spec, core::Wall at);

/// How an expectation stands. Data is fresh by its arrival (when its change was committed), once a run of it has
/// succeeded: a retry of old data makes nothing fresh.
struct Expectation {
  core::Wall since{};                 ///< when the rule was registered: nothing is overdue before its first deadline
  core::Wall expected{};              ///< when data is due next; while overdue: when it was
  std::optional<core::Wall> overdue;  ///< the missed deadline that began it
};
enum class ExpectNews : std::uint8_t { none, overdue, recovered };

[[nodiscard]] Expectation expect_from(ExpectSpec const& spec, core::Wall since);

/// Brings it up to `now`. `newest` is when the data of the `min`-th newest item that succeeded arrived; nullopt: fewer
/// have. Only data ends an overdue, so a clock that is set back does not.
[[nodiscard]] ExpectNews look(ExpectSpec const& spec, Expectation& state, std::optional<core::Wall> newest,
                              core::Wall now);

/// Says for how long the wall clock is not to be believed. When it moves otherwise than CLOCK_MONOTONIC (it was set, or
/// the machine slept), nothing becomes overdue for a while: a wrong time may be put right again, and after a sleep the
/// data has to be found first.
class StepGuard {
 public:
  using Steady = core::Steady;
  /// `at_start`: how long to hold after the first look, `after_step`: after a jump of more than 30 s.
  StepGuard(std::chrono::milliseconds at_start, std::chrono::milliseconds after_step)
      : at_start_(at_start), after_step_(after_step) {}

  /// Call it at each look; nullopt: deadlines may be judged; else from when on they may.
  [[nodiscard]] std::optional<Steady> hold(core::Wall wall, Steady steady);

 private:
  struct Seen {
    core::Wall wall;
    Steady steady;
  };
  std::chrono::milliseconds at_start_, after_step_;
  std::optional<Seen> last_;
  Steady until_{};
};

}  // namespace domain
