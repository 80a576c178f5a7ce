#include "orchestrator/sources.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "watch/local_source.hpp"

namespace orchestrator {

using store::Lane;

Sources::Sources(Services& services, Catalogue const& catalogue, std::function<void()> stirred)
    : services_(services), catalogue_(catalogue), stirred_(std::move(stirred)) {}

awaitable<void> Sources::align(aio::TaskGroup& tasks) {
  auto const roots = catalogue_.roots();
  for (auto it = active_.begin(); it != active_.end();) {
    if (std::find(roots.begin(), roots.end(), it->first) == roots.end()) {
      spdlog::info("no pipeline watches {} any more", it->first);
      it->second->task->stop();
      it = active_.erase(it);  // its coroutine keeps the rest alive until it has ended
    } else {
      it->second->source->set_settle(catalogue_.settle(it->first));
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
  auto count = [id = row.id](sql::Connection& db) { return store::count_items(db, id); };
  auto const items = co_await services_.database.read(std::move(count));

  auto const executor = co_await boost::asio::this_coro::executor;
  auto active = std::make_shared<Active>();
  active->row = std::move(row);
  active->ledger = std::make_unique<SourceLedger>(services_, catalogue_, active->row, items, stirred_);
  watch::LocalSettings settings;
  settings.settle = catalogue_.settle(root);
  active->source =
      std::make_unique<watch::LocalSource>(executor, root, *active->ledger, services_.pool, services_.clock, settings);
  active->task = std::make_unique<aio::TaskGroup>(executor);
  active_[root] = active;
  spdlog::info("watching {}", root);
  active->task->spawn([active] { return active->source->run(); });
  tasks.spawn([active]() -> awaitable<void> { co_await active->task->join(); });
}

std::vector<Sources::Status> Sources::status() const {
  std::vector<Status> list;
  for (auto const& [root, active] : active_) {
    list.push_back({root, active->source->health()});
    list.back().health.items = active->ledger->items();
  }
  return list;
}

void Sources::request_scan(std::string const& reason) {
  for (auto const& [root, active] : active_) active->source->request_scan(reason);
}

std::optional<store::SourceRow> Sources::row(std::string const& root) const {
  auto const it = active_.find(root);
  return it == active_.end() ? std::nullopt : std::optional(it->second->row);
}

}  // namespace orchestrator
