#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace core {

/// Wall time for records, milliseconds since the Unix epoch, UTC. Never used to measure a wait.
using Wall = std::chrono::sys_time<std::chrono::milliseconds>;
/// CLOCK_MONOTONIC for waits and deadlines.
using Steady = std::chrono::steady_clock::time_point;

/// The one source of "now" for code that decides; machines take `now` as an argument instead.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Wall wall() const = 0;
  [[nodiscard]] virtual Steady steady() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Wall wall() const override;
  [[nodiscard]] Steady steady() const override;
};

/// "2026-11-22T10:00:00.123Z" (RFC 3339).
[[nodiscard]] std::string to_rfc3339(Wall at);
/// "2026-11-01" (midnight UTC), or RFC 3339: "2026-11-01T06:00:00Z", "2026-11-01T06:00:00.5+01:00" (fractions are cut).
[[nodiscard]] std::optional<Wall> parse_time(std::string_view text);

[[nodiscard]] constexpr std::int64_t to_ms(Wall at) noexcept {
  return at.time_since_epoch().count();
}
[[nodiscard]] constexpr Wall from_ms(std::int64_t ms) noexcept {
  return Wall{std::chrono::milliseconds{ms}};
}

}  // namespace core
