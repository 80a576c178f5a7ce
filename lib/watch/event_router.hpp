#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "watch/inotify_decode.hpp"
#include "watch/settle_machine.hpp"
#include "watch/subtree_queue.hpp"
#include "watch/touched.hpp"
#include "watch/watch_map.hpp"

namespace watch {

/// Turns inotify's events into hints about paths, directories to scan, and the watch map's upkeep. No system call, no
/// wait; loop thread only.
class EventRouter {
 public:
  struct Outside {
    std::function<void(std::string key, Trace trace)> on_file;
    std::function<void(std::string prefix)> on_directory;  ///< scan it: it came, went, moved or lost its watch
    std::function<void()> on_overflow;                     ///< events were lost
    std::function<void()> on_root;                         ///< something happened to the root itself
  };

  EventRouter(Touched& touched, Outside outside) : touched_(touched), outside_(std::move(outside)) {}

  void handle(RawEvent const& event);
  /// A scan armed this directory; events of it that came before this news are handled now.
  void armed(std::string const& prefix, int wd);
  /// A scan proved that this directory is gone.
  void gone(std::string const& prefix);
  /// Between two calls of these, directories that no armed() named are forgotten.
  void begin_full_scan() { map_.begin_scan(); }
  void end_full_scan() { drop(map_.remove_unseen()); }

  /// Watches that stand for nothing any more, for inotify_rm_watch on a worker thread.
  [[nodiscard]] std::vector<int> take_dropped() { return std::exchange(dropped_, {}); }
  [[nodiscard]] WatchMap const& map() const noexcept { return map_; }

 private:
  struct Early {
    std::uint32_t mask;
    std::string name;
  };
  static constexpr std::size_t early_limit = 50'000;

  void keep_early(RawEvent const& event);
  void handle_self(RawEvent const& event, std::string const& prefix);
  void handle_directory(RawEvent const& event, std::string prefix);
  void drop(std::vector<int> wds) { dropped_.insert(dropped_.end(), wds.begin(), wds.end()); }

  Touched& touched_;
  Outside outside_;
  WatchMap map_;
  std::unordered_map<int, std::vector<Early>> early_;  ///< of watches that a running scan made and has not told of yet
  std::size_t early_count_ = 0;
  std::vector<int> dropped_;
};

}  // namespace watch
