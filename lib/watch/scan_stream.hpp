#pragma once

#include <deque>
#include <memory>
#include <string>

#include "watch/broadcast.hpp"
#include "watch/site.hpp"
#include "watch/tree_scan.hpp"

namespace watch {

/// A tree scan seen from the loop: the next batch is made on a worker thread while the last one is merged. At most two
/// are ready; then the scan waits.
class ScanStream {
 public:
  ScanStream(Site& site, std::string prefix);
  /// Not to be called after a batch that was `done`.
  [[nodiscard]] awaitable<ScanBatch> next();

 private:
  struct State {
    State(Site& site, std::string prefix)
        : scan(site.root, site.inotify.get(), std::move(prefix)), changed(site.executor) {}
    TreeScan scan;
    std::deque<ScanBatch> ready;
    Broadcast changed;
  };
  static awaitable<void> produce(std::shared_ptr<State> state, aio::Worker& pool);

  std::shared_ptr<State>
      state_;  ///< shared with the producing task, which a failing merge may leave behind in the group
};

}  // namespace watch
