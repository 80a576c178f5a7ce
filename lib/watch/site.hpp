#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <stdexcept>

#include "aio/task_group.hpp"
#include "aio/worker.hpp"
#include "core/time.hpp"
#include "watch/inotify.hpp"
#include "watch/ledger.hpp"
#include "watch/local_settings.hpp"
#include "watch/root.hpp"
#include "watch/source.hpp"

namespace watch {

/// The root is gone, replaced, or looks as if its mount were missing: the session ends, nothing is removed.
struct RootLost : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What the parts of one session work with. The group is joined before any of it goes away.
struct Site {
  asio::any_io_executor executor;
  aio::TaskGroup& group;
  Ledger& ledger;
  aio::Worker& pool;
  core::Clock const& clock;
  LocalSettings const& settings;
  SourceHealth& health;
  Root root;
  std::unique_ptr<Inotify> inotify;  ///< null while inotify has no instance for us
};

}  // namespace watch
