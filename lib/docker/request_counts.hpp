#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/histogram.hpp"
#include "core/result.hpp"

namespace docker {

/// What the engine answered, and how long that took, since the daemon started. Operations are a fixed few, named as in
/// errors with `_` for blanks ("create_container"). Loop thread only.
class RequestCounts {
 public:
  using Duration = std::chrono::duration<double>;
  /// Upper bounds in seconds.
  static constexpr std::array<double, 12> bounds{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30, 120};

  void answered(std::string_view operation, int status, Duration took);
  /// No answer came. How long that took counts for a timeout alone: an engine that is away refuses at once, and would
  /// look fast.
  void failed(std::string_view operation, core::Errc code, Duration took);

  /// By operation and code: the status, or the name of what kept the answer from coming ("timeout").
  [[nodiscard]] std::map<std::string, std::map<std::string, std::int64_t>> const& answers() const { return answers_; }
  /// Until the answer was read; of streams (log, wait, pull, archive): until their head was.
  [[nodiscard]] std::map<std::string, core::Histogram> const& durations() const { return durations_; }

 private:
  std::map<std::string, std::map<std::string, std::int64_t>> answers_;
  std::map<std::string, core::Histogram> durations_;
};

}  // namespace docker
