#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace tidewheeld {

/// sd_notify(3) without libsystemd: "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=...". Nothing happens outside
/// systemd.
void notify_service_manager(std::string_view state) noexcept;

/// Half of WATCHDOG_USEC (sd_watchdog_enabled(3)), nullopt when no watchdog is asked for.
[[nodiscard]] std::optional<std::chrono::milliseconds> watchdog_interval() noexcept;

}  // namespace tidewheeld
