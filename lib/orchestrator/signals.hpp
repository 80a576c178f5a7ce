#pragma once

#include "orchestrator/pulse.hpp"
#include "orchestrator/run_counts.hpp"
#include "orchestrator/webhooks.hpp"

namespace orchestrator {

/// Everything that tells people how pipelines do: the pulse, what it counts, and the webhooks. Owned by the composition
/// root; loop thread only.
class Signals {
 public:
  Signals(boost::asio::any_io_executor executor, Services& services, Teller teller, Pulse::Pace pulse = Pulse::Pace(),
          Webhooks::Pace webhooks = Webhooks::Pace());

  /// Pulse::begin().
  [[nodiscard]] awaitable<void> begin() { return pulse_.begin(); }
  [[nodiscard]] awaitable<void> run();
  [[nodiscard]] Webhooks& webhooks() noexcept { return webhooks_; }
  [[nodiscard]] RunCounts const& counts() const noexcept { return counts_; }

 private:
  RunCounts counts_;
  Webhooks webhooks_;
  Pulse pulse_;
};

}  // namespace orchestrator
