#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "sql/connection.hpp"
#include "store/ids.hpp"

/// Notifications on their way to webhooks. Writes inside one operation; every list bounded.
namespace store {

/// So many wait for one webhook; more push out the oldest.
inline constexpr std::int64_t most_waiting = 10'000;

struct Notification {
  std::string event_id, webhook;
  PipelineId pipeline;
  std::string type, body;
};
/// Due at once.
void put_notification(sql::Connection& db, Notification const& notification, core::Wall now);

struct OutboxRow {
  std::int64_t id = 0;
  std::string event_id, body;
  core::Wall created{};
  int tries = 0;
};
/// The oldest, if it is due: what happened first is told first. One that has failed ten times waits aside, so that an
/// event which a receiver cannot bear keeps back no others. A try that is put off further than `furthest` is due: a
/// clock that was ahead said so.
[[nodiscard]] std::optional<OutboxRow> due_notification(sql::Connection& db, std::string const& webhook, core::Wall now,
                                                        core::Wall furthest);
/// When one is due next; nullopt: nothing waits.
[[nodiscard]] std::optional<core::Wall> next_try(sql::Connection& db, std::string const& webhook);

void set_delivered(sql::Connection& db, std::int64_t id, core::Wall now);
void set_failed(sql::Connection& db, std::int64_t id, std::string const& error, core::Wall now, core::Wall next);
void set_given_up(sql::Connection& db, std::int64_t id, std::string const& error, core::Wall now);
/// Deletes what was delivered or given up before `before`, and gives up what waits for webhooks that are not among
/// `known` and is older than `stale`. At most 1000 rows of each; true: there may be more.
bool prune_outbox(sql::Connection& db, std::vector<std::string> const& known, core::Wall before, core::Wall stale,
                  core::Wall now);

struct WebhookState {
  std::int64_t waiting = 0;
  std::optional<core::Wall> next_try, last_delivered, last_failed;
  std::string error;          ///< of what waits first and has been tried, or of the last that was given up
  std::int64_t given_up = 0;  ///< kept for a week
};
/// By webhook; only those that rows know of.
[[nodiscard]] std::map<std::string, WebhookState> webhook_states(sql::Connection& db);

}  // namespace store
