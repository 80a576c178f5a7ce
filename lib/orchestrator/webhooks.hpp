#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aio/event.hpp"
#include "aio/task_group.hpp"
#include "orchestrator/cloud_event.hpp"
#include "orchestrator/services.hpp"
#include "orchestrator/webhook_post.hpp"
#include "store/outbox.hpp"

namespace orchestrator {

/// Delivers what lies in the outbox: one event at a time for each webhook, four at one time over all, so that a
/// receiver that hangs delays no other. A failed one is tried again for three days, ever more seldom; while a receiver
/// fails, it is asked for one event at a time. Loop thread only.
class Webhooks {
 public:
  struct Pace {
    Pace() {}                                      // not an aggregate, see http::Request
    std::chrono::milliseconds first_pause{5'000};  ///< after a failure; doubles, up to ten minutes
    std::chrono::milliseconds give_up{std::chrono::hours(72)};
    std::chrono::milliseconds keep{std::chrono::hours(24 * 7)};  ///< what was delivered or given up
  };
  Webhooks(boost::asio::any_io_executor executor, Services& services, Teller teller, Pace pace = Pace());

  [[nodiscard]] awaitable<void> run();
  /// Something new may lie in the outbox.
  void stir() { wake_.set(); }

  /// Sends a test event now, beside the outbox. not_found: no such webhook.
  [[nodiscard]] awaitable<core::Result<Posted>> test(std::string name);

  struct Counts {
    std::int64_t delivered = 0, failed = 0, given_up = 0;  ///< tries since the daemon started
  };
  [[nodiscard]] std::map<std::string, Counts> counts() const;

 private:
  struct Hook {
    config::Webhook config;
    bool busy = false;
    int failures = 0;             ///< in a row
    core::Steady paused_until{};  ///< by failures, or since the receiver asked for it
    Counts counts;
  };
  struct Due {
    std::map<std::string, store::OutboxRow> rows;
    std::optional<core::Wall> next;  ///< the next try of those without a row
  };
  [[nodiscard]] awaitable<core::Steady> start_due(aio::TaskGroup& tasks);
  [[nodiscard]] awaitable<Due> find_due(std::vector<std::string> names);
  [[nodiscard]] awaitable<void> deliver(std::string name, store::OutboxRow row);
  [[nodiscard]] awaitable<void> record(std::string name, store::OutboxRow row, Posted posted);
  [[nodiscard]] awaitable<void> prune();
  void after_failure(std::string const& name, Hook& hook, Posted const& posted);

  Services& services_;
  Teller teller_;
  Pace pace_;
  aio::Event wake_;
  std::map<std::string, Hook> hooks_;
};

}  // namespace orchestrator
