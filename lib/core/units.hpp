#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace core {

/// "250ms", "2s", "1h30m", "30d" -> milliseconds. Units ms, s, m, h, d, largest first; no sign, no blanks; nullopt if
/// not so.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// The shortest text that parse_duration reads back: "1h30m".
[[nodiscard]] std::string format_duration(std::chrono::milliseconds duration);

/// "512", "2g", "1.5G", "1500Mb", "10GiB" -> bytes. As in Docker and compose all units are powers of 1024; nullopt if
/// not so.
[[nodiscard]] std::optional<std::int64_t> parse_bytes(std::string_view text);
/// For people: "1.5 GiB", "812 B".
[[nodiscard]] std::string format_bytes(std::int64_t bytes);

/// A part of all, or a number of its own.
struct PercentOrCount {
  double percent = 0;  ///< 0: `count` counts
  std::int64_t count = 0;
  /// What it is of `total`; 0 of an unknown one (negative).
  [[nodiscard]] std::int64_t of(std::int64_t total) const noexcept {
    if (percent <= 0) return count;
    return total < 0 ? 0 : static_cast<std::int64_t>(static_cast<double>(total) * percent / 100);
  }
};
/// "5%", "0.5%" up to 100 %, or "20000"; nullopt if not so.
[[nodiscard]] std::optional<PercentOrCount> parse_percent_or_count(std::string_view text);

}  // namespace core
