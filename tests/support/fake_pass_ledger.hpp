#pragma once

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
  watch::PassState state;
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

  watch::awaitable<watch::PassState> load_pass() override { co_return state; }
  watch::awaitable<watch::PassState> begin_pass() override {
    ++state.number;
    state.open = true;
    state.voided = false;
    state.cursor.clear();
    state.listed = 0;
    co_return state;
  }
  watch::awaitable<void> commit_page(watch::PassCommit page) override {
    if (!state.open || page.pass != state.number) co_return;
    largest_page = std::max(largest_page, page.fresh.size() + page.missing.size() + page.found_again.size());
    for (auto const& key : page.missing)
      if (auto const at = items.rows.find(key); !state.voided && at != items.rows.end() && at->second.missing == 0)
        at->second.missing = page.pass;
    for (auto const& key : page.found_again)
      if (auto const at = items.rows.find(key); at != items.rows.end()) at->second.missing = 0;
    state.cursor = page.cursor;
    state.listed = page.listed;
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
  watch::awaitable<watch::PassState> end_pass(std::int64_t pass) override {
    if (!state.voided) {
      state.complete = pass;
      state.complete_listed = state.listed;
    }
    state.open = false;
    state.cursor.clear();
    co_return state;
  }
  watch::awaitable<std::vector<std::string>> missed_before(std::int64_t pass, std::size_t limit) override {
    std::vector<std::string> keys;
    for (auto const& [key, row] : items.rows)
      if (row.missing > 0 && row.missing < pass && keys.size() < limit) keys.push_back(key);
    co_return keys;
  }
  watch::awaitable<std::int64_t> count_missed_before(std::int64_t pass) override {
    co_return std::count_if(items.rows.begin(), items.rows.end(), [pass](auto const& entry) {
      return entry.second.missing > 0 && entry.second.missing < pass;
    });
  }
};

}  // namespace support
