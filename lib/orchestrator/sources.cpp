#include "orchestrator/sources.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <tuple>

#include "domain/source_root.hpp"
#include "orchestrator/bucket_ledger.hpp"
#include "orchestrator/bucket_reader.hpp"
#include "orchestrator/buckets.hpp"
#include "store/s3_hints.hpp"
#include "watch/local_source.hpp"
#include "watch/s3_source.hpp"

namespace orchestrator {

using store::Lane;

Sources::Sources(Services& services, Catalogue const& catalogue, Stirred stirred)
    : services_(services), catalogue_(catalogue), stirred_(std::move(stirred)) {}

awaitable<void> Sources::align(aio::TaskGroup& tasks) {
  auto const roots = catalogue_.roots();
  for (auto it = active_.begin(); it != active_.end();) {
    if (std::find(roots.begin(), roots.end(), it->first) == roots.end()) {
      spdlog::info("no pipeline watches {} any more", it->first);
      it->second->task->stop();
      it = active_.erase(it);  // its coroutine keeps the rest alive until it has ended
    } else {
      if (it->second->source) it->second->source->set_pace(catalogue_.pace(it->first));
      ++it;
    }
  }
  for (auto const& root : roots)
    if (!active_.contains(root)) co_await start(root, tasks);
}

awaitable<void> Sources::start(std::string root, aio::TaskGroup& tasks) {
  auto const now = services_.clock.wall();
  auto baseline = now;
  for (auto const* const watching : catalogue_.on_root(root)) baseline = std::min(baseline, watching->first_seen);
  auto ensure = [root, baseline, now](sql::Connection& db) { return store::ensure_source(db, root, baseline, now); };
  auto row = co_await services_.database.write(Lane::intake, std::move(ensure));
  auto count = [id = row.id](sql::Connection& db) {
    return std::pair(store::count_items(db, id), store::count_hints(db, id));
  };
  auto const [items, hints] = co_await services_.database.read(std::move(count));

  auto const executor = co_await boost::asio::this_coro::executor;
  auto active = std::make_shared<Active>();
  active->row = std::move(row);
  active->items = items;
  active->stored_hints = hints;
  if (auto const s3 = domain::parse_s3_root(root))
    make_s3(*active, *s3, executor);
  else
    make_local(*active, executor);
  active->task = std::make_unique<aio::TaskGroup>(executor);
  active_[root] = active;
  if (!active->source) {
    spdlog::error("{} cannot be watched: {}", root, active->obstacle);
    co_return;
  }
  spdlog::info("watching {}", root);
  active->task->spawn([active] { return active->source->run(); });
  if (active->looker) active->task->spawn([active] { return active->looker->run(); });
  tasks.spawn([active]() -> awaitable<void> { co_await active->task->join(); });
}

SourceLedger::Told Sources::told(Active& active) {
  return [&active, &made = made_[active.row.root], stirred = stirred_](store::IntakeResult const& result) {
    active.items += result.items;
    made.changes += result.changes;
    made.runs += result.runs;
    made.decisions += result.decisions;
    if (result.runs > 0 || !result.stale.empty()) stirred(result.stale);
  };
}

void Sources::make_local(Active& active, boost::asio::any_io_executor const& executor) {
  active.ledger = std::make_unique<SourceLedger>(services_, catalogue_, active.row, told(active));
  watch::LocalSettings settings;
  settings.settle = catalogue_.settle(active.row.root);
  active.source = std::make_unique<watch::LocalSource>(executor, active.row.root, *active.ledger, services_.pool,
                                                       services_.clock, settings);
}

void Sources::make_s3(Active& active, domain::S3Root const& where, boost::asio::any_io_executor const& executor) {
  if (services_.buckets == nullptr) {
    active.obstacle = "this daemon has no S3 connections";
    return;
  }
  auto const client = services_.buckets->client(where.connection, where.bucket);
  if (!client) {
    active.obstacle = client.error().message();
    return;
  }
  active.bucket = std::make_unique<BucketReader>(**client);
  active.hints = std::make_unique<SourceHints>(services_, catalogue_, active.row, active.stored_hints);
  auto pass_found = [&hints = *active.hints](std::vector<watch::Observation> const& fresh) { hints.pass_found(fresh); };
  auto ledger = std::make_unique<BucketLedger>(services_, catalogue_, active.row, told(active), std::move(pass_found));
  watch::S3Settings settings;
  settings.lists_per_minute = services_.config.s3.at(where.connection).lists_per_minute;
  auto source = std::make_unique<watch::S3Source>(executor, where.prefix, *active.bucket, *ledger, services_.clock,
                                                  std::move(settings));
  source->set_pace(catalogue_.pace(active.row.root));
  watch::S3Hints::Parts const parts{*active.bucket,         *ledger,        *active.hints, *source,
                                    active.hints->misses(), services_.clock};
  active.looker = std::make_unique<watch::S3Hints>(executor, parts);
  active.source = std::move(source);
  active.ledger = std::move(ledger);
}

std::vector<Sources::Status> Sources::status() const {
  std::vector<Status> list;
  for (auto const& [root, active] : active_) {
    watch::SourceHealth health;
    health.state = watch::SourceHealth::State::offline;
    health.reason = active->obstacle;
    if (active->source) health = active->source->health();
    health.items = active->items;
    if (active->hints) health.hints = active->hints->health();
    if (health.hints.warning.empty() && active->looker) health.hints.warning = active->looker->trouble();
    auto const& warning = health.hints.warning;
    if (health.state == watch::SourceHealth::State::watching && !warning.empty()) health.reason = warning;
    if (health.state == watch::SourceHealth::State::scanning && !warning.empty()) health.reason += "; " + warning;
    auto const made = made_.find(root);
    Status status{root, std::move(health)};
    if (made != made_.end())
      std::tie(status.changes, status.runs, status.decisions) =
          std::tie(made->second.changes, made->second.runs, made->second.decisions);
    list.push_back(std::move(status));
  }
  return list;
}

void Sources::request_scan(std::string const& reason) {
  for (auto const& [root, active] : active_)
    if (active->source) active->source->request_scan(reason);
}

void Sources::look_at(std::string const& root, std::string const& key) {
  auto const it = active_.find(root);
  if (it != active_.end() && it->second->source) it->second->source->look_at(key);
}

awaitable<Sources::HintsTaken> Sources::take_hints(std::string connection, std::vector<s3::EventObject> objects) {
  HintsTaken taken;
  std::vector<bool> wanted(objects.size());
  std::vector<std::pair<std::shared_ptr<Active>, std::vector<std::string>>> shares;
  for (auto const& [root, active] : active_) {
    auto const where = domain::parse_s3_root(root);
    if (!where || !active->hints || where->connection != connection) continue;
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < objects.size(); ++i) {
      if (objects[i].bucket != where->bucket || !objects[i].key.starts_with(where->prefix)) continue;
      keys.push_back(objects[i].key);
      wanted[i] = true;
    }
    if (!keys.empty()) shares.emplace_back(active, std::move(keys));
  }
  taken.taken = std::ranges::count(wanted, true);
  taken.ignored = static_cast<std::int64_t>(wanted.size()) - taken.taken;
  for (auto& [active, keys] : shares) {
    bool const kept = co_await active->hints->keep(std::move(keys));
    if (kept)
      active->looker->arrived();
    else
      active->source->request_scan("more hints came than are looked at singly");
  }
  co_return taken;
}

std::optional<store::SourceRow> Sources::row(std::string const& root) const {
  auto const it = active_.find(root);
  return it == active_.end() ? std::nullopt : std::optional(it->second->row);
}

}  // namespace orchestrator
