#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "aio/worker.hpp"
#include "watch/inotify.hpp"

namespace watch {

/// Says when something changed directly inside one directory, for reloading it: `for (;;) { co_await w.next_change();
/// load(); }`. The directory may be absent, come, go or be replaced; then it is looked for each second. Loop thread
/// only.
class FolderWatch {
 public:
  FolderWatch(asio::any_io_executor executor, std::string path, aio::Worker& pool,
              std::chrono::milliseconds retry = std::chrono::seconds(1));

  /// Returns at the first call as soon as the watch is in place, so that nothing falls between it and the first load;
  /// then after each burst of changes. Also returns when the directory has gone. Throws when cancelled.
  [[nodiscard]] awaitable<void> next_change();

 private:
  [[nodiscard]] awaitable<bool> arm();
  [[nodiscard]] awaitable<void> wait_for_events();

  asio::any_io_executor executor_;
  std::string path_;
  aio::Worker& pool_;
  std::chrono::milliseconds retry_;
  std::unique_ptr<Inotify> inotify_;  ///< null while the directory is not watched
};

}  // namespace watch
