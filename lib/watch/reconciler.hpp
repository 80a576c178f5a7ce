#pragma once

#include <cstdint>
#include <string>

#include "watch/event_router.hpp"
#include "watch/merge.hpp"
#include "watch/observer.hpp"
#include "watch/row_pages.hpp"
#include "watch/scan_stream.hpp"
#include "watch/site.hpp"
#include "watch/subtree_queue.hpp"
#include "watch/touched.hpp"

namespace watch {

/// Makes the ledger agree with a subtree (or all) by one streaming merge of a scan with the ledger's pages. What is
/// settled already goes straight to the committer, what is young to the observer, what is missing through its two
/// proofs.
class Reconciler {
 public:
  struct Outcome {
    ScanTotals totals;
    std::int64_t rows = 0;         ///< rows that the ledger had there
    std::int64_t unconfirmed = 0;  ///< missing, and to be proven once more
    bool mass = false;             ///< so many are missing that the breaker holds them
  };

  Reconciler(Site& site, Observer& observer, EventRouter& router, Touched& touched)
      : site_(site), observer_(observer), router_(router), touched_(touched) {}

  /// Throws RootLost when the root was lost before the end, or came up empty while rows are known.
  [[nodiscard]] awaitable<Outcome> run(SubtreeQueue::Task task);

 private:
  [[nodiscard]] awaitable<void> merge_batch(ScanBatch batch, Merge& merge, RowPages& rows);
  [[nodiscard]] awaitable<void> merge_rest(Merge& merge, RowPages& rows);
  [[nodiscard]] awaitable<void> carry_out(Merge::Differences differences);
  [[nodiscard]] awaitable<void> take_fresh(Merge::Fresh fresh);
  [[nodiscard]] awaitable<void> remove(std::vector<std::string> keys);
  [[nodiscard]] awaitable<void> check_root(std::string prefix, ScanTotals totals);
  void note_directories(ScanBatch const& batch, std::string const& prefix);
  [[nodiscard]] bool is_settled(domain::Version const& version) const;
  [[nodiscard]] std::int64_t mass_limit(std::int64_t rows) const;

  Site& site_;
  Observer& observer_;
  EventRouter& router_;
  Touched& touched_;
  std::int64_t known_rows_ = 0;  ///< at the last full scan
  bool seen_filled_ = false;     ///< this root had something in it while we watched
};

}  // namespace watch
