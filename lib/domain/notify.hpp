#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace domain {

/// What people may be told of.
enum class NotifyEvent : std::uint8_t { failed, recovered, overdue, alert };
[[nodiscard]] std::string_view to_string(NotifyEvent event) noexcept;

/// One entry of `notify:` of a pipeline.
struct NotifySpec {
  std::vector<NotifyEvent> events;  ///< each once
  std::string webhook;              ///< its name under `webhooks:` of the daemon's configuration
};

}  // namespace domain
