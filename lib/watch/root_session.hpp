#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <random>
#include <span>
#include <string>

#include "aio/event.hpp"
#include "aio/task_group.hpp"
#include "watch/event_router.hpp"
#include "watch/observer.hpp"
#include "watch/reconciler.hpp"
#include "watch/scan_planner.hpp"
#include "watch/site.hpp"
#include "watch/subtree_queue.hpp"

namespace watch {

/// One attachment to one root directory: from its opening until it is lost. Everything in here is made anew for the
/// next one.
class RootSession {
 public:
  RootSession(asio::any_io_executor const& executor, Root root, Ledger& ledger, aio::Worker& pool,
              core::Clock const& clock, LocalSettings const& settings, SourceHealth& health);

  /// Goes until cancelled; throws RootLost. Everything it started has ended when it returns or throws.
  [[nodiscard]] awaitable<void> run();

  void request_scan(std::string reason);
  void set_settle(LocalSettings::Wait settle) { observer_.set_settle(settle); }
  void look_at(std::string key) { observer_.hint(std::move(key), Trace::touched); }
  /// Handles bytes as read(2) gives them from inotify.
  void accept(std::span<std::byte const> bytes);

 private:
  [[nodiscard]] awaitable<void> open_inotify();
  [[nodiscard]] awaitable<void> read_events();
  [[nodiscard]] awaitable<void> guard_root();
  [[nodiscard]] awaitable<void> scan_when_planned();
  [[nodiscard]] awaitable<void> scan(ScanPlanner::Plan plan);
  [[nodiscard]] awaitable<void> scan_parts();
  [[nodiscard]] awaitable<void> scan_part(SubtreeQueue::Task task);
  [[nodiscard]] awaitable<void> drop_watches();
  void queue_part(std::string prefix);
  void overflow();
  void report(std::string const& why, Reconciler::Outcome const& outcome);
  [[nodiscard]] std::string trouble(Reconciler::Outcome const& outcome) const;

  aio::TaskGroup group_;
  Site site_;
  Touched touched_;
  ScanPlanner planner_;
  SubtreeQueue parts_;
  Observer observer_;
  EventRouter router_;
  Reconciler reconciler_;
  aio::Event plan_changed_, parts_changed_, root_stirred_;
  std::minstd_rand jitter_{std::random_device{}()};
};

}  // namespace watch
