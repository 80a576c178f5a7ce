#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>

#include "domain/run_query.hpp"
#include "orchestrator/bulk_answer.hpp"
#include "orchestrator/registry.hpp"
#include "orchestrator/scheduler.hpp"
#include "orchestrator/services.hpp"
#include "store/bulk.hpp"

namespace orchestrator {

/// How a request for many runs is carried out.
struct BulkOrder {
  BulkOrder() = default;
  bool dry_run = false;                 ///< count, and change nothing
  std::string after;                    ///< the `next` of the answer before; empty: from the beginning
  std::int64_t limit = 100'000;         ///< so many runs at most are made for this request
  std::optional<store::OnceOnly> once;  ///< sent again it goes on where it was, or is answered as it was
};

/// retry, rerun and backfill of many. A page is one short transaction, so nothing else waits for it, and what a page
/// has done stays done whatever dies; the answer says where to go on if there was no time for all. Loop thread only.
class Bulk {
 public:
  Bulk(Services& services, Registry& registry, Scheduler& scheduler)
      : services_(services), registry_(registry), scheduler_(scheduler) {}

  /// Repeats the ended runs that a filter finds, oldest first. Runs that are made meanwhile are not among them.
  /// `pipelines`: those that the caller may see; nullopt: all. invalid: `after`, or another request under the same key.
  [[nodiscard]] awaitable<core::Result<BulkAnswer>> repeat(domain::Trigger how, domain::RunQuery query,
                                                           std::optional<std::set<std::string>> pipelines,
                                                           BulkOrder order);
  /// Runs for the items in the inventory that match a pipeline and that nothing has handled, in the order of their
  /// keys; `since`: only those that were last written then or later. not_found: no such live pipeline.
  [[nodiscard]] awaitable<core::Result<BulkAnswer>> backfill(std::string pipeline, std::optional<core::Wall> since,
                                                             BulkOrder order);

 private:
  struct Work;  ///< what one request is at
  [[nodiscard]] awaitable<core::Result<Work>> begin(BulkOrder order, std::string first);
  [[nodiscard]] bool has_time(Work const& work) const;
  [[nodiscard]] awaitable<core::Result<BulkAnswer>> finish(Work work);
  [[nodiscard]] awaitable<void> repeat_page(Work& work, store::RunSearch search, domain::Trigger how);
  [[nodiscard]] awaitable<void> backfill_page(Work& work, Registry::Live const& live, std::optional<core::Wall> since);

  Services& services_;
  Registry& registry_;
  Scheduler& scheduler_;
};

}  // namespace orchestrator
