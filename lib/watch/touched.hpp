#pragma once

#include <set>
#include <string>
#include <string_view>
#include <unordered_set>

namespace watch {

/// What events named while a scan was under way. What the scan saw of these may be older than what the events have led
/// to since, so it must be looked at again instead of being committed. Bounded: above the limit it says yes to
/// everything.
class Touched {
 public:
  static constexpr std::size_t limit = 200'000;

  /// One scan is under way while this lives.
  class Scan {
   public:
    explicit Scan(Touched& touched) : touched_(touched) { ++touched_.scans_; }
    ~Scan() {
      if (--touched_.scans_ == 0) touched_.clear();
    }
    Scan(Scan const&) = delete;
    Scan& operator=(Scan const&) = delete;

   private:
    Touched& touched_;
  };

  [[nodiscard]] bool scanning() const noexcept { return scans_ > 0; }

  void key(std::string_view key) {
    if (room()) keys_.emplace(key);
  }
  /// A directory came, went or moved: all below it. `prefix` ends with '/'.
  void tree(std::string_view prefix) {
    if (room()) trees_.emplace(prefix);
  }
  [[nodiscard]] bool covers(std::string const& key) const {
    if (all_ || keys_.contains(key)) return true;
    if (trees_.empty()) return false;
    for (auto slash = key.find('/'); slash != std::string::npos; slash = key.find('/', slash + 1))
      if (trees_.contains(std::string_view(key).substr(0, slash + 1))) return true;
    return false;
  }

 private:
  bool room() {
    if (scans_ == 0 || all_) return false;
    all_ = keys_.size() + trees_.size() >= limit;
    return !all_;
  }
  void clear() {
    keys_.clear();
    trees_.clear();
    all_ = false;
  }

  std::unordered_set<std::string> keys_;
  std::set<std::string, std::less<>> trees_;
  int scans_ = 0;
  bool all_ = false;
};

}  // namespace watch
