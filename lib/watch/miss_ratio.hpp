#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string_view>
#include <unordered_map>

#include "core/time.hpp"

namespace watch {

/// How many changes came without a hint: whether push notifications can be relied on. A change that a listing finds is
/// a miss unless a hint for its key came in the two minutes before it or comes in the two after it. Counted only while
/// hints are alive (one came within a day), over the last 1000 changes of that day. A pure machine, bounded: when more
/// happens at once than it remembers, it leaves changes out of the count. Keys are remembered as 64 bits.
class MissRatio {
 public:
  struct Settings {
    std::chrono::milliseconds patience = std::chrono::minutes(2);
    std::chrono::milliseconds horizon = std::chrono::hours(24);
    std::size_t window = 1000;
    std::size_t most_keys = 10'000;
  };
  /// `counts`: whether changes of a key matter (some pipeline wants it); empty: all do.
  explicit MissRatio(std::function<bool(std::string_view)> counts = {}) : MissRatio(std::move(counts), Settings{}) {}
  MissRatio(std::function<bool(std::string_view)> counts, Settings settings)
      : counts_(std::move(counts)), settings_(settings) {}

  void hinted(std::string_view key, core::Steady now);
  /// A change became known because a hint said where to look.
  void found_by_hint(std::string_view key, core::Steady now);
  /// A change became known by a listing.
  void found_by_pass(std::string_view key, core::Steady now);

  struct Figures {
    bool alive = false;        ///< a hint came within the horizon
    std::int64_t changes = 0;  ///< in the window
    std::int64_t misses = 0;   ///< of them
    [[nodiscard]] double ratio() const noexcept {
      return changes == 0 ? 0.0 : static_cast<double>(misses) / static_cast<double>(changes);
    }
    /// More than one in a hundred changes came without a hint.
    [[nodiscard]] bool too_many() const noexcept { return misses * 100 > changes; }
  };
  [[nodiscard]] Figures figures(core::Steady now);

 private:
  using Hash = std::size_t;
  /// Keys and when something was said about them, oldest first.
  struct Recent {
    std::unordered_map<Hash, core::Steady> at;
    std::deque<std::pair<core::Steady, Hash>> order;
    void put(Hash key, core::Steady now);
    /// The oldest that is older than `bound`, taken out; false: there is none.
    bool take_older(core::Steady bound);
  };
  [[nodiscard]] bool alive(core::Steady now) const;
  [[nodiscard]] bool matters(std::string_view key) const { return !counts_ || counts_(key); }
  void count(bool missed, core::Steady now);
  void expire(core::Steady now);

  std::function<bool(std::string_view)> counts_;
  Settings settings_;
  bool ever_ = false;  ///< a hint came
  core::Steady last_{};
  Recent hints_;    ///< that came lately
  Recent waiting_;  ///< changes that a listing found and that no hint told of yet
  std::deque<std::pair<core::Steady, bool>> outcomes_;
  std::int64_t misses_ = 0;  ///< among outcomes_
};

}  // namespace watch
