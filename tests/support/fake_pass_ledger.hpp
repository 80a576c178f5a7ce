#pragma once

#include <algorithm>
#include <iterator>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/fake_ledger.hpp"
#include "watch/pass_ledger.hpp"

namespace support {

/// FakeLedger with the rules of watch::PassLedger. `die_after_commits` makes it throw like a daemon that is killed
/// right after a commit became durable.
class FakePassLedger final : public watch::PassLedger {
 public:
  FakeLedger items;
  domain::S3Pass state;
  std::set<std::string> seen;
  int page_commits = 0;
  int die_after_commits = -1;  ///< page commits that still succeed; -1: all
  std::size_t largest_page = 0;

  struct Killed : std::runtime_error {
    Killed() : std::runtime_error("killed") {}
  };

  watch::awaitable<std::vector<watch::KnownItem>> find(std::vector<std::string> keys) override {
    return items.find(std::move(keys));
  }
  watch::awaitable<std::vector<watch::KnownItem>> page(std::string prefix, std::string after,
                                                       std::size_t limit) override {
    return items.page(std::move(prefix), std::move(after), limit);
  }
  watch::awaitable<void> commit(std::vector<watch::Observation> batch) override {
    return items.commit(std::move(batch));
  }
  watch::awaitable<void> mark_missing(std::vector<std::string> keys, bool missing) override {
    return items.mark_missing(std::move(keys), missing);
  }

  watch::awaitable<domain::S3Pass> load_pass() override { co_return state; }
  watch::awaitable<domain::S3Pass> begin_pass(std::vector<domain::S3Shard> shards, std::string scope) override {
    ++state.number;
    state.open = true;
    state.voided = false;
    if (state.scope != scope) state.complete = 0;
    state.scope = std::move(scope);
    state.shards = std::move(shards);
    state.started = core::SystemClock().wall();
    seen.clear();
    co_return state;
  }
  watch::awaitable<void> commit_page(watch::PassCommit page) override {
    auto const shard = std::ranges::find(state.shards, page.shard, &domain::S3Shard::lo);
    bool const open = state.open && page.pass == state.number && shard != state.shards.end();
    if (!open || shard->state != Shard::due) co_return;
    largest_page = std::max(largest_page, page.fresh.size() + page.missing.size() + page.found_again.size());
    for (auto const& key : page.missing)
      if (auto const at = items.rows.find(key); !state.voided && at != items.rows.end() && at->second.missing == 0)
        at->second.missing = page.pass;
    for (auto const& key : page.found_again)
      if (auto const at = items.rows.find(key); at != items.rows.end()) at->second.missing = 0;
    shard->cursor = page.cursor;
    shard->listed = page.listed;
    if (page.end) finish(shard, page);
    ++page_commits;
    co_await items.commit(std::move(page.fresh));
    if (die_after_commits == 0) throw Killed();
    if (die_after_commits > 0) --die_after_commits;
  }
  watch::awaitable<void> void_pass(std::int64_t pass) override {
    state.voided = true;
    for (auto& [key, row] : items.rows)
      if (row.missing == pass) row.missing = 0;
    co_return;
  }
  watch::awaitable<domain::S3Pass> end_pass(std::int64_t pass) override {
    for (auto& shard : state.shards) {
      if (shard.state == Shard::listed && !state.voided) {
        shard.visit = pass;
        shard.visit_started = state.started;
      }
      shard.state = Shard::resting;
    }
    bool const whole = std::ranges::all_of(state.shards, [](auto const& shard) { return shard.visit > 0; });
    if (!state.voided && whole) {
      state.complete = pass;
      state.complete_listed = 0;
      for (auto const& shard : state.shards) state.complete_listed += shard.keys;
    }
    state.open = false;
    co_return state;
  }
  watch::awaitable<std::vector<std::string>> missed_before(std::int64_t pass, std::size_t limit) override {
    std::vector<std::string> keys;
    for (auto const& [key, row] : items.rows)
      if (missed_twice(row, pass) && keys.size() < limit) keys.push_back(key);
    co_return keys;
  }
  watch::awaitable<Missing> count_missing(std::int64_t pass) override {
    Missing missing;
    for (auto const& [key, row] : items.rows) {
      missing.all += row.missing > 0 ? 1 : 0;
      missing.twice += missed_twice(row, pass) ? 1 : 0;
    }
    co_return missing;
  }
  watch::awaitable<std::int64_t> remember_seen(std::vector<std::string> keys) override {
    std::int64_t fresh = 0;
    for (auto& key : keys) fresh += seen.insert(std::move(key)).second ? 1 : 0;
    co_return fresh;
  }
  watch::awaitable<std::vector<std::string>> unseen(std::string after, std::size_t limit) override {
    std::vector<std::string> keys;
    for (auto const& [key, row] : items.rows)
      if (key > after && row.missing == 0 && !seen.contains(key) && keys.size() < limit) keys.push_back(key);
    co_return keys;
  }
  watch::awaitable<std::string> key_from_end(std::int64_t others) override {
    if (std::ssize(items.rows) <= others) co_return std::string();
    co_return std::next(items.rows.rbegin(), others)->first;
  }

 private:
  using Shard = domain::S3Shard::State;

  void finish(std::vector<domain::S3Shard>::iterator shard, watch::PassCommit const& page) {
    shard->state = Shard::listed;
    shard->calm = page.calm ? shard->calm + 1 : 0;
    std::vector<domain::S3Shard> pieces;
    auto piece = *shard;
    auto left = page.listed;
    for (auto const& split : page.splits) {
      piece.keys = piece.listed = page.split_keys;
      left -= page.split_keys;
      piece.hi = split;
      pieces.push_back(piece);
      piece.lo = split;
    }
    piece.keys = piece.listed = left;
    piece.hi = shard->hi;
    pieces.push_back(piece);
    state.shards.insert(state.shards.erase(shard), pieces.begin(), pieces.end());
  }
  [[nodiscard]] bool missed_twice(watch::KnownItem const& row, std::int64_t pass) const {
    if (row.missing == 0 || row.missing >= pass) return false;
    return std::ranges::any_of(state.shards, [&](auto const& shard) {
      return shard.visit == pass && shard.lo < row.key && (!shard.hi || row.key <= *shard.hi);
    });
  }
};

}  // namespace support
