#include "orchestrator/source_hints.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "store/s3_hints.hpp"

namespace orchestrator {

using store::Lane;

SourceHints::SourceHints(Services& services, Catalogue const& catalogue, store::SourceRow source, std::int64_t waiting)
    : services_(services),
      source_(std::move(source)),
      misses_(
          [&catalogue, root = source_.root](std::string_view key) { return !catalogue.matches(root, key).empty(); }),
      waiting_(waiting) {}

awaitable<bool> SourceHints::keep(std::vector<std::string> keys) {
  auto const now = services_.clock.steady();
  for (auto const& key : keys) misses_.hinted(key, now);
  received_ += static_cast<std::int64_t>(keys.size());
  last_ = services_.clock.wall();
  auto write = [id = source_.id, keys = std::move(keys), at = last_](sql::Connection& db) {
    return store::keep_hints(db, id, keys, at);
  };
  waiting_ += co_await services_.database.write(Lane::intake, std::move(write));
  if (waiting_ <= most_waiting) co_return true;
  spdlog::warn("{}: more than {} hints wait; they are dropped, and a listing finds what they told of", source_.root,
               most_waiting);
  auto drop = [id = source_.id](sql::Connection& db) { store::drop_hints(db, id); };
  co_await services_.database.write(Lane::intake, std::move(drop));
  waiting_ = 0;
  co_return false;
}

void SourceHints::pass_found(std::vector<watch::Observation> const& fresh) {
  auto const now = services_.clock.steady();
  for (auto const& observation : fresh)
    if (observation.found) misses_.found_by_pass(observation.key, now);
  auto const warning = health().warning;
  if (warning.empty() == warned_) {
    warned_ = !warning.empty();
    if (warned_)
      spdlog::warn("{}: {}", source_.root, warning);
    else
      spdlog::info("{}: hints come again as changes do", source_.root);
  }
}

awaitable<std::vector<watch::Hint>> SourceHints::load_hints(std::string after, std::size_t limit) {
  auto query = [id = source_.id, after = std::move(after), limit](sql::Connection& db) {
    return store::load_hints(db, id, after, limit);
  };
  auto stored = co_await services_.database.read(std::move(query));
  std::vector<watch::Hint> hints;
  hints.reserve(stored.size());
  for (auto& hint : stored) hints.push_back({std::move(hint.key), hint.times});
  co_return hints;
}

awaitable<void> SourceHints::erase_hints(std::vector<watch::Hint> handled) {
  std::vector<store::S3Hint> rows;
  rows.reserve(handled.size());
  for (auto& hint : handled) rows.push_back({std::move(hint.key), hint.times});
  auto write = [id = source_.id, rows = std::move(rows)](sql::Connection& db) {
    return store::erase_hints(db, id, rows);
  };
  waiting_ -= co_await services_.database.write(Lane::intake, std::move(write));
}

watch::HintHealth SourceHints::health() {
  auto const figures = misses_.figures(services_.clock.steady());
  watch::HintHealth health;
  health.received = received_;
  health.waiting = waiting_;
  health.last = last_;
  health.alive = figures.alive;
  health.changes = figures.changes;
  health.misses = figures.misses;
  health.miss_ratio = figures.ratio();
  if (figures.alive && figures.too_many())
    health.warning = std::to_string(figures.misses) + " of the last " + std::to_string(figures.changes) +
                     " changes came without a hint: look at the sender's events, prefix and queue; listings find them";
  return health;
}

}  // namespace orchestrator
