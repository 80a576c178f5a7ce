#include "watch/reconciler.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "watch/look.hpp"

namespace watch {

std::int64_t Reconciler::mass_limit(std::int64_t rows) const {
  return std::max(site_.settings.breaker_floor, rows / 100 * site_.settings.breaker_percent);
}

awaitable<Reconciler::Outcome> Reconciler::run(SubtreeQueue::Task task) {
  Touched::Scan const scanning(touched_);
  bool const full = task.prefix.empty();
  auto const most = task.mass_confirmed ? std::numeric_limits<std::int64_t>::max() : mass_limit(known_rows_);
  ScanStream scan(site_, task.prefix);
  RowPages rows(site_.ledger, task.prefix);
  Merge merge(task.may_remove, most);
  Outcome outcome;
  if (full) router_.begin_full_scan();
  bool begun = false;
  for (bool done = false; !done;) {
    auto batch = co_await scan.next();
    done = batch.done;
    outcome.totals = batch.totals;
    if (full && !std::exchange(begun, true)) co_await check_root(task.prefix, batch.totals);
    note_directories(batch, task.prefix);
    co_await merge_batch(std::move(batch), merge, rows);
  }
  co_await check_root(task.prefix, outcome.totals);
  co_await merge_rest(merge, rows);
  outcome.rows = rows.count();
  outcome.unconfirmed = merge.unconfirmed();
  if (full) {
    router_.end_full_scan();
    known_rows_ = outcome.rows;
  }
  outcome.mass = merge.held() || outcome.unconfirmed > mass_limit(known_rows_);
  co_return outcome;
}

awaitable<void> Reconciler::check_root(std::string prefix, ScanTotals totals) {
  auto work = [&root = site_.root] { return root.still_there(); };
  if (!co_await site_.pool.run(std::move(work))) throw RootLost("the watched folder was removed or replaced");
  if (!prefix.empty()) co_return;
  if (totals.unreadable > 0 && totals.directories == 0) throw RootLost("the watched folder cannot be read");
  seen_filled_ = seen_filled_ || (totals.directories > 0 && !totals.empty);
  if (!totals.empty || seen_filled_) co_return;
  auto const known = co_await site_.ledger.page(prefix, std::string(), 1);
  if (!known.empty())
    throw RootLost(
        "the watched folder is empty, but files in it are known: is its file system mounted? Nothing is removed");
}

void Reconciler::note_directories(ScanBatch const& batch, std::string const& prefix) {
  for (auto const& entry : batch.entries)
    if (entry.kind == ScanEntry::Kind::directory) router_.armed(entry.key, entry.wd);
  if (batch.totals.absent && !prefix.empty()) router_.gone(prefix);
  site_.health.directories = router_.map().watched();
}

awaitable<void> Reconciler::merge_batch(ScanBatch batch, Merge& merge, RowPages& rows) {
  for (auto& entry : batch.entries) {
    KnownItem const* same = nullptr;
    for (;;) {
      if (rows.needs_fetch()) co_await rows.fetch();
      if (rows.at_end()) break;
      auto const order = rows.front().key.compare(entry.key);
      if (order == 0) same = &rows.front();
      if (order >= 0) break;
      merge.row_only(rows.front());
      rows.pop();
      if (merge.many()) co_await carry_out(merge.take());
    }
    merge.met(entry, same);
    if (same != nullptr) rows.pop();
    if (merge.many()) co_await carry_out(merge.take());
  }
}

awaitable<void> Reconciler::merge_rest(Merge& merge, RowPages& rows) {
  for (;;) {
    if (rows.needs_fetch()) co_await rows.fetch();
    if (rows.at_end()) break;
    merge.row_only(rows.front());
    rows.pop();
    if (merge.many()) co_await carry_out(merge.take());
  }
  co_await carry_out(merge.take());
}

awaitable<void> Reconciler::carry_out(Merge::Differences differences) {
  for (auto& fresh : differences.fresh) co_await take_fresh(std::move(fresh));
  if (!differences.missing.empty()) co_await site_.ledger.mark_missing(std::move(differences.missing), true);
  if (!differences.found_again.empty()) co_await site_.ledger.mark_missing(std::move(differences.found_again), false);
  if (!differences.doomed.empty()) co_await remove(std::move(differences.doomed));
}

bool Reconciler::is_settled(domain::Version const& version) const {
  auto const now = std::chrono::duration_cast<std::chrono::nanoseconds>(site_.clock.wall().time_since_epoch());
  auto const newest = std::chrono::nanoseconds(std::max(version.mtime_ns, version.ctime_ns));
  return now - newest >= std::max(site_.settings.settle, site_.settings.short_quiet);
}

awaitable<void> Reconciler::take_fresh(Merge::Fresh fresh) {
  if (observer_.holds(fresh.key)) co_return;
  if (touched_.covers(fresh.key)) {
    observer_.hint(std::move(fresh.key), Trace::touched);
  } else if (!is_settled(fresh.version)) {
    observer_.candidate(std::move(fresh.key), fresh.version);
  } else if (fresh.hash) {
    co_await observer_.hasher().push(std::move(fresh.key), fresh.version, std::nullopt);
  } else {
    Observation observation;
    observation.key = std::move(fresh.key);
    observation.found = fresh.version;
    co_await observer_.committer().push(std::move(observation));
  }
}

awaitable<void> Reconciler::remove(std::vector<std::string> keys) {
  // The enumeration passed them a while ago; only what is gone at this moment is removed.
  auto work = [&root = site_.root, &keys] { return look_at(root, keys); };
  auto const sights = co_await site_.pool.run(std::move(work));
  if (sights.root_lost) throw RootLost("the watched folder was removed or replaced");
  for (std::size_t i = 0; i < keys.size(); ++i) {
    auto const found = sights.each[i].found;
    if (found == Found::file || found == Found::unknown) {
      observer_.hint(std::move(keys[i]), Trace::touched);
      continue;
    }
    Observation observation;
    observation.key = std::move(keys[i]);
    co_await observer_.committer().push(std::move(observation));
  }
}

}  // namespace watch
