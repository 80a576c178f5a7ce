#pragma once

#include <deque>
#include <string>
#include <utility>

#include "watch/ledger.hpp"

namespace watch {

/// The ledger's rows below a prefix in byte order, a page at a time.
class RowPages {
 public:
  static constexpr std::size_t page_size = 1000;

  /// Rows behind `after`.
  RowPages(Ledger& ledger, std::string prefix, std::string after = {})
      : ledger_(ledger), prefix_(std::move(prefix)), after_(std::move(after)) {}

  /// True when fetch() must come before front() or at_end() can be trusted.
  [[nodiscard]] bool needs_fetch() const noexcept { return rows_.empty() && !last_; }
  [[nodiscard]] awaitable<void> fetch() {
    auto page = co_await ledger_.page(prefix_, after_, page_size);
    last_ = page.size() < page_size;
    if (!page.empty()) after_ = page.back().key;
    for (auto& row : page) rows_.push_back(std::move(row));
  }
  /// Goes on behind `after`; what was read ahead is dropped.
  void restart(std::string after) {
    after_ = std::move(after);
    std::deque<KnownItem>().swap(rows_);
    last_ = false;
  }
  [[nodiscard]] bool at_end() const noexcept { return rows_.empty(); }
  [[nodiscard]] KnownItem const& front() const { return rows_.front(); }
  void pop() {
    rows_.pop_front();
    ++count_;
  }
  /// Rows that were passed.
  [[nodiscard]] std::int64_t count() const noexcept { return count_; }

 private:
  Ledger& ledger_;
  std::string prefix_, after_;
  std::deque<KnownItem> rows_;
  std::int64_t count_ = 0;
  bool last_ = false;
};

}  // namespace watch
