#include "api/coverage.hpp"

namespace api {

namespace {

using namespace std::chrono_literals;
constexpr std::size_t page = 1000;  ///< items a query: a few milliseconds

}  // namespace

awaitable<store::Coverage> CoverageMeter::count(store::ItemFilter filter) {
  store::Coverage total;
  filter.budget = page;
  for (std::optional<store::ItemCursor> at = store::ItemCursor{}; at;) {
    filter.after = std::move(*at);
    // By value there and back: who waits may be cancelled, the query is not.
    auto query = [filter, total = std::move(total)](sql::Connection& db) mutable {
      auto next = store::add_coverage(db, filter, total);
      return std::pair(std::move(total), std::move(next));
    };
    auto counted = co_await services_.database.read(std::move(query));
    total = std::move(counted.first);
    at = std::move(counted.second);
  }
  co_return total;
}

awaitable<store::Coverage> CoverageMeter::everything() {
  auto const began = services_.clock.steady();
  if (fresh_until_ && began < *fresh_until_) co_return known_;
  // Others who come meanwhile take what is known.
  if (fresh_until_) fresh_until_ = began + 60s;
  store::ItemFilter all;
  auto counted = co_await count(std::move(all));
  known_ = std::move(counted);
  auto const ended = services_.clock.steady();
  fresh_until_ = ended + 20 * (ended - began);
  co_return known_;
}

}  // namespace api
