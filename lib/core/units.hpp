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

}  // namespace core
