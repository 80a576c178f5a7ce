#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "config/webhook.hpp"
#include "orchestrator/services.hpp"

namespace orchestrator {

/// What became of one try.
struct Posted {
  Posted() {}  // not an aggregate, see http::Request
  bool delivered = false;
  bool gone = false;                                     ///< 410: the receiver wants no more of this
  int status = 0;                                        ///< 0: no answer came
  std::string error;                                     ///< for a person; empty when delivered
  std::optional<std::chrono::milliseconds> retry_after;  ///< as the receiver asked, at most a day
  std::chrono::milliseconds took{0};
};

/// Sends one event, signed. Gives up after 10 s; follows no redirect. The secret and the authorities are read each
/// time, so that they can be renewed.
[[nodiscard]] awaitable<Posted> post_event(Services& services, config::Webhook hook, std::string id, std::string body);

/// "https://hooks.example.org": what may be shown of an address, whose path is often a secret.
[[nodiscard]] std::string shown_url(std::string const& url);

}  // namespace orchestrator
