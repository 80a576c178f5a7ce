#include "store/outbox.hpp"

#include <algorithm>

namespace store {
namespace {

using core::Wall;

std::optional<Wall> time_of(std::optional<std::int64_t> const& ms) {
  return ms ? std::optional(core::from_ms(*ms)) : std::nullopt;
}

constexpr std::int64_t patient_tries = 10;
constexpr std::string_view columns =
    "SELECT outbox_id, event_id, body, created_ms, tries, next_ms FROM outbox WHERE webhook = ?1 AND next_ms IS NOT "
    "NULL";

struct Waiting {
  OutboxRow row;
  std::int64_t next = 0;
};
Waiting waiting_row(sql::Row const& row) {
  return {{row.integer(0), row.text(1), row.text(2), core::from_ms(row.integer(3)), static_cast<int>(row.integer(4))},
          row.integer(5)};
}

/// The oldest make room for the newest: what is new is worth more than what nobody came for.
void drop_oldest(sql::Connection& db, std::string const& webhook, Wall now) {
  auto const waiting =
      db.integer("SELECT count(*) FROM outbox WHERE webhook = ? AND next_ms IS NOT NULL", webhook).value_or(0);
  if (waiting < most_waiting) return;
  db.run(
      "UPDATE outbox SET next_ms = NULL, tried_ms = ?2, error = 'dropped: ' || ?3 || ' newer ones waited' ||"
      " coalesce('; ' || error, '') WHERE outbox_id IN (SELECT outbox_id FROM outbox WHERE webhook = ?1"
      " AND next_ms IS NOT NULL ORDER BY outbox_id LIMIT ?4)",
      webhook, core::to_ms(now), most_waiting, waiting - most_waiting + 1);
}

}  // namespace

void put_notification(sql::Connection& db, Notification const& notification, Wall now) {
  drop_oldest(db, notification.webhook, now);
  db.run(
      "INSERT INTO outbox(event_id, webhook, pipeline_id, type, body, created_ms, next_ms)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
      notification.event_id, notification.webhook, notification.pipeline.value, notification.type, notification.body,
      core::to_ms(now));
}

std::optional<OutboxRow> due_notification(sql::Connection& db, std::string const& webhook, Wall now, Wall furthest) {
  auto const is_due = [&](std::int64_t next) { return next <= core::to_ms(now) || next > core::to_ms(furthest); };
  auto const head = db.first(std::string(columns) + " AND tries < ?2 ORDER BY outbox_id LIMIT 1", waiting_row, webhook,
                             patient_tries);
  if (head && is_due(head->next)) return head->row;
  auto const aside =
      db.first(std::string(columns) + " AND tries >= ?2 AND (next_ms <= ?3 OR next_ms > ?4) ORDER BY next_ms LIMIT 1",
               waiting_row, webhook, patient_tries, core::to_ms(now), core::to_ms(furthest));
  return aside ? std::optional(aside->row) : std::nullopt;
}

std::optional<Wall> next_try(sql::Connection& db, std::string const& webhook) {
  return time_of(db.integer(
      "SELECT min(next) FROM (SELECT * FROM (SELECT next_ms AS next FROM outbox WHERE webhook = ?1"
      " AND next_ms IS NOT NULL AND tries < ?2 ORDER BY outbox_id LIMIT 1)"
      " UNION ALL SELECT min(next_ms) FROM outbox WHERE webhook = ?1 AND next_ms IS NOT NULL AND tries >= ?2)",
      webhook, patient_tries));
}

void set_delivered(sql::Connection& db, std::int64_t id, Wall now) {
  db.run(
      "UPDATE outbox SET next_ms = NULL, tries = tries + 1, tried_ms = ?2, delivered_ms = ?2, error = NULL"
      " WHERE outbox_id = ?1",
      id, core::to_ms(now));
}

void set_failed(sql::Connection& db, std::int64_t id, std::string const& error, Wall now, Wall next) {
  // One that was dropped meanwhile stays so.
  db.run(
      "UPDATE outbox SET next_ms = ?4, tries = tries + 1, tried_ms = ?3, error = ?2"
      " WHERE outbox_id = ?1 AND next_ms IS NOT NULL",
      id, error, core::to_ms(now), core::to_ms(next));
}

void set_given_up(sql::Connection& db, std::int64_t id, std::string const& error, Wall now) {
  db.run("UPDATE outbox SET next_ms = NULL, tries = tries + 1, tried_ms = ?3, error = ?2 WHERE outbox_id = ?1", id,
         error, core::to_ms(now));
}

bool prune_outbox(sql::Connection& db, std::vector<std::string> const& known, Wall before, Wall stale, Wall now) {
  constexpr std::int64_t most = 1000;
  std::int64_t changed = 0;
  std::vector<std::string> names;
  db.each("SELECT DISTINCT webhook FROM outbox", [&names](sql::Row const& row) { names.push_back(row.text(0)); });
  for (auto const& name : names) {
    changed = std::max(changed, db.run("DELETE FROM outbox WHERE outbox_id IN (SELECT outbox_id FROM outbox WHERE"
                                       " webhook = ? AND next_ms IS NULL AND tried_ms < ? LIMIT ?)",
                                       name, core::to_ms(before), most));
    if (std::ranges::find(known, name) != known.end()) continue;
    changed = std::max(
        changed, db.run("UPDATE outbox SET next_ms = NULL, tried_ms = ?3, error = 'given up: the configuration has no"
                        " such webhook any more' WHERE outbox_id IN (SELECT outbox_id FROM outbox WHERE webhook = ?1"
                        " AND next_ms IS NOT NULL AND created_ms < ?2 LIMIT ?4)",
                        name, core::to_ms(stale), core::to_ms(now), most));
  }
  return changed == most;
}

std::map<std::string, WebhookState> webhook_states(sql::Connection& db) {
  std::map<std::string, WebhookState> states;
  db.each("SELECT webhook, count(*), min(next_ms) FROM outbox WHERE next_ms IS NOT NULL GROUP BY webhook",
          [&states](sql::Row const& row) {
            auto& state = states[row.text(0)];
            state.waiting = row.integer(1);
            state.next_try = time_of(row.optional_integer(2));
          });
  db.each(
      "SELECT webhook, max(delivered_ms), sum(delivered_ms IS NULL), max(CASE WHEN delivered_ms IS NULL THEN tried_ms"
      " END) FROM outbox WHERE next_ms IS NULL GROUP BY webhook",
      [&states](sql::Row const& row) {
        auto& state = states[row.text(0)];
        state.last_delivered = time_of(row.optional_integer(1));
        state.given_up = row.integer(2);
        state.last_failed = time_of(row.optional_integer(3));
      });
  for (auto& [name, state] : states) {
    auto const last = db.first(
        "SELECT tried_ms, error FROM outbox WHERE webhook = ? AND delivered_ms IS NULL AND error IS NOT NULL"
        " ORDER BY tried_ms DESC LIMIT 1",
        [](sql::Row const& row) { return std::pair(row.integer(0), row.text(1)); }, name);
    if (!last) continue;
    state.last_failed = core::from_ms(last->first);
    state.error = last->second;
  }
  return states;
}

}  // namespace store
