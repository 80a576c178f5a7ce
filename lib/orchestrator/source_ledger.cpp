#include "orchestrator/source_ledger.hpp"

#include "store/intake.hpp"

namespace orchestrator {

using store::Lane;

namespace {

std::vector<watch::KnownItem> to_known(std::vector<store::InventoryRow> rows) {
  std::vector<watch::KnownItem> items;
  items.reserve(rows.size());
  for (auto& row : rows) items.push_back({std::move(row.key), row.version, row.hash, row.missing});
  return items;
}

}  // namespace

SourceLedger::SourceLedger(Services& services, Catalogue const& catalogue, store::SourceRow source, Told told)
    : services_(services), catalogue_(catalogue), source_(std::move(source)), told_(std::move(told)) {}

awaitable<std::vector<watch::KnownItem>> SourceLedger::find(std::vector<std::string> keys) {
  auto query = [id = source_.id, keys = std::move(keys)](sql::Connection& db) {
    return store::find_items(db, id, keys);
  };
  auto rows = co_await services_.database.read(std::move(query));
  co_return to_known(std::move(rows));
}

awaitable<std::vector<watch::KnownItem>> SourceLedger::page(std::string prefix, std::string after, std::size_t limit) {
  auto query = [id = source_.id, prefix = std::move(prefix), after = std::move(after), limit](sql::Connection& db) {
    return store::page_items(db, id, prefix, after, limit);
  };
  auto rows = co_await services_.database.read(std::move(query));
  co_return to_known(std::move(rows));
}

std::vector<store::Difference> SourceLedger::to_differences(std::vector<watch::Observation> batch) const {
  std::vector<store::Difference> differences;
  differences.reserve(batch.size());
  auto const steady = services_.clock.steady();
  auto const wall = services_.clock.wall();
  for (auto& observation : batch) {
    auto matches = catalogue_.matches(source_.root, observation.key);
    std::optional<core::Wall> detected;
    if (observation.noticed)
      detected = wall - std::chrono::duration_cast<std::chrono::milliseconds>(steady - *observation.noticed);
    differences.push_back(
        {std::move(observation.key), std::move(observation.found), observation.hash, std::move(matches), detected});
  }
  return differences;
}

awaitable<void> SourceLedger::commit(std::vector<watch::Observation> batch) {
  auto differences = to_differences(std::move(batch));
  auto write = [id = source_.id, differences = std::move(differences), now = services_.clock.wall()](
                   sql::Connection& db) { return store::commit_differences(db, id, differences, now); };
  auto const result = co_await services_.database.write(Lane::intake, std::move(write));
  told_(result);
}

awaitable<void> SourceLedger::mark_missing(std::vector<std::string> keys, bool missing) {
  auto write = [id = source_.id, keys = std::move(keys), missing](sql::Connection& db) {
    store::mark_missing(db, id, keys, missing);
  };
  co_await services_.database.write(Lane::intake, std::move(write));
}

}  // namespace orchestrator
