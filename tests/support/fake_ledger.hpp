#pragma once

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "domain/run_state.hpp"
#include "watch/ledger.hpp"

namespace support {

/// An inventory in memory that keeps the rules of watch::Ledger and writes down every change it recorded.
class FakeLedger final : public watch::Ledger {
 public:
  struct Change {
    domain::ChangeKind kind = domain::ChangeKind::created;
    std::string key;
    domain::Version version;
  };

  std::map<std::string, watch::KnownItem> rows;
  std::vector<Change> changes;
  int same_content = 0;  ///< commits that brought a new fingerprint of the same content
  int marks = 0;         ///< keys that mark_missing() was told are missing
  std::size_t largest_batch = 0;
  int under_way = 0, most_under_way = 0;

  watch::awaitable<std::vector<watch::KnownItem>> find(std::vector<std::string> keys) override {
    co_await step();
    std::vector<watch::KnownItem> found;
    for (auto const& key : keys)
      if (auto const at = rows.find(key); at != rows.end()) found.push_back(at->second);
    co_return found;
  }

  watch::awaitable<std::vector<watch::KnownItem>> page(std::string prefix, std::string after,
                                                       std::size_t limit) override {
    co_await step();
    std::vector<watch::KnownItem> found;
    auto at = after < prefix ? rows.lower_bound(prefix) : rows.upper_bound(after);
    for (; at != rows.end() && at->first.starts_with(prefix) && found.size() < limit; ++at) found.push_back(at->second);
    co_return found;
  }

  watch::awaitable<void> commit(std::vector<watch::Observation> batch) override {
    largest_batch = std::max(largest_batch, batch.size());
    most_under_way = std::max(most_under_way, ++under_way);
    co_await step();
    for (auto& observation : batch) take(std::move(observation));
    --under_way;
  }

  watch::awaitable<void> mark_missing(std::vector<std::string> keys, bool missing) override {
    co_await step();
    for (auto const& key : keys) {
      if (auto const at = rows.find(key); at != rows.end()) at->second.missing = missing;
      marks += missing ? 1 : 0;
    }
  }

  [[nodiscard]] std::set<std::string> keys() const {
    std::set<std::string> all;
    for (auto const& [key, row] : rows) all.insert(key);
    return all;
  }
  [[nodiscard]] int count(domain::ChangeKind kind) const {
    return static_cast<int>(
        std::count_if(changes.begin(), changes.end(), [&](auto const& c) { return c.kind == kind; }));
  }
  [[nodiscard]] int count(std::string const& key) const {
    return static_cast<int>(std::count_if(changes.begin(), changes.end(), [&](auto const& c) { return c.key == key; }));
  }

 private:
  static watch::awaitable<void> step() {
    co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
  }

  void take(watch::Observation observation) {
    auto const at = rows.find(observation.key);
    if (!observation.found) {
      if (at == rows.end()) return;
      changes.push_back({domain::ChangeKind::removed, observation.key, at->second.version});
      rows.erase(at);
      return;
    }
    if (at == rows.end()) {
      changes.push_back({domain::ChangeKind::created, observation.key, *observation.found});
      rows[observation.key] = {observation.key, *observation.found, observation.hash, false};
      return;
    }
    auto& row = at->second;
    row.missing = false;
    if (row.version == *observation.found) return;
    row.version = *observation.found;
    if (row.hash && observation.hash && *row.hash == *observation.hash) {
      ++same_content;
      return;
    }
    row.hash = observation.hash;
    changes.push_back({domain::ChangeKind::modified, observation.key, *observation.found});
  }
};

}  // namespace support
