#include "watch/root_session.hpp"

#include <fmt/format.h>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <memory>
#include <utility>

#include "aio/sleep.hpp"
#include "watch/inotify_decode.hpp"

namespace watch {

namespace {

constexpr std::size_t buffer_size = 256 * 1024;
constexpr int events_in_a_row = 512;  // then others have their turn: a handler stays far below 10 ms

}  // namespace

RootSession::RootSession(asio::any_io_executor const& executor, Root root, Ledger& ledger, aio::Worker& pool,
                         core::Clock const& clock, LocalSettings const& settings, SourceHealth& health)
    : group_(executor),
      site_{executor, group_, ledger, pool, clock, settings, health, std::move(root), nullptr},
      planner_(settings),
      observer_(site_, {[this](std::string key) { queue_part(std::move(key) + '/'); },
                        [this] { request_scan("more files changed at once than fit in memory"); }}),
      router_(touched_, {[this](std::string key, Trace trace) { observer_.hint(std::move(key), trace); },
                         [this](std::string prefix) { queue_part(std::move(prefix)); }, [this] { overflow(); },
                         [this] { root_stirred_.set(); }}),
      reconciler_(site_, observer_, router_, touched_),
      plan_changed_(executor),
      parts_changed_(executor),
      root_stirred_(executor) {}

awaitable<void> RootSession::run() {
  request_scan("the start");
  if (auto opened = Inotify::open(site_.executor)) site_.inotify = std::move(*opened);
  observer_.start();
  group_.spawn([this] { return read_events(); });
  group_.spawn([this] { return guard_root(); });
  group_.spawn([this] { return scan_when_planned(); });
  group_.spawn([this] { return scan_parts(); });
  co_await group_.join();
}

void RootSession::request_scan(std::string reason) {
  planner_.request(std::move(reason), site_.clock.steady());
  plan_changed_.set();
}

void RootSession::overflow() {
  ++site_.health.overflows;
  planner_.overflow(site_.clock.steady());
  plan_changed_.set();
}

void RootSession::queue_part(std::string prefix) {
  if (parts_.add(std::move(prefix)))
    parts_changed_.set();
  else
    request_scan("more folders changed at once than fit in memory");
}

void RootSession::accept(std::span<std::byte const> bytes) {
  InotifyDecoder decoder(bytes);
  while (auto const event = decoder.next()) router_.handle(*event);
  if (decoder.malformed()) overflow();
}

awaitable<void> RootSession::open_inotify() {
  while (!site_.inotify) {
    co_await aio::sleep_for(site_.settings.unwatched_every);
    auto opened = Inotify::open(site_.executor);
    if (!opened) continue;
    site_.inotify = std::move(*opened);
    request_scan("inotify has become available");
  }
}

awaitable<void> RootSession::read_events() {
  co_await open_inotify();
  // Not zeroed: of a root where little happens only the first pages ever become memory.
  auto const memory = std::make_unique_for_overwrite<std::byte[]>(buffer_size);
  std::span<std::byte> const buffer(memory.get(), buffer_size);
  for (;;) {
    auto const got = co_await site_.inotify->read(buffer);
    InotifyDecoder decoder(buffer.first(got));
    int in_a_row = 0;
    while (auto const event = decoder.next()) {
      router_.handle(*event);
      if (++in_a_row % events_in_a_row == 0) co_await asio::post(site_.executor, asio::use_awaitable);
    }
    if (decoder.malformed()) overflow();
  }
}

awaitable<void> RootSession::guard_root() {
  for (;;) {
    co_await root_stirred_.wait();
    auto work = [&root = site_.root] { return root.still_there(); };
    if (!co_await site_.pool.run(std::move(work))) throw RootLost("the watched folder was removed or replaced");
    request_scan("the watch of the folder itself ended");
  }
}

awaitable<void> RootSession::drop_watches() {
  auto wds = router_.take_dropped();
  if (wds.empty() || !site_.inotify) co_return;
  auto work = [&inotify = *site_.inotify, wds = std::move(wds)] {
    for (auto const wd : wds) inotify.remove(wd);
  };
  co_await site_.pool.run(std::move(work));
}

awaitable<void> RootSession::scan_when_planned() {
  for (;;) {
    auto plan = planner_.next();
    if (plan.due > site_.clock.steady())
      (void)co_await plan_changed_.wait_until(plan.due);
    else
      co_await scan(std::move(plan));
  }
}

awaitable<void> RootSession::scan(ScanPlanner::Plan plan) {
  planner_.started(plan, site_.clock.steady());
  if (site_.health.state !=
      SourceHealth::State::degraded) {  // what is wrong stays to be read until it is known to be over
    site_.health.state = SourceHealth::State::scanning;
    site_.health.reason = "scanning: " + plan.reason;
  }
  co_await drop_watches();
  SubtreeQueue::Task task{std::string(), plan.may_remove, plan.mass_confirmed};
  auto const outcome = co_await reconciler_.run(std::move(task));
  co_await observer_.hasher().drain();
  co_await observer_.committer().drain();
  co_await drop_watches();
  ScanPlanner::End const end{outcome.totals.unreadable, outcome.totals.unwatched, outcome.unconfirmed, outcome.mass};
  planner_.ended(end, site_.clock.steady(), std::generate_canonical<double, 24>(jitter_));
  report(plan.reason, outcome);
}

awaitable<void> RootSession::scan_parts() {
  for (;;) {
    auto task = parts_.take(site_.clock.steady());
    if (!task)
      (void)co_await parts_changed_.wait_until(parts_.next_due());
    else
      co_await scan_part(std::move(*task));
  }
}

awaitable<void> RootSession::scan_part(SubtreeQueue::Task task) {
  co_await drop_watches();
  auto const prefix = task.prefix;
  auto const outcome = co_await reconciler_.run(std::move(task));
  auto const now = site_.clock.steady();
  ScanPlanner::End const end{outcome.totals.unreadable, outcome.totals.unwatched, 0, false};
  planner_.part_ended(end, now);
  plan_changed_.set();
  if (outcome.totals.unreadable + outcome.totals.unwatched > 0 || outcome.mass) {
    site_.health.state = SourceHealth::State::degraded;
    site_.health.reason = trouble(outcome);
  }
  if (outcome.unconfirmed == 0) co_return;
  auto const delay = outcome.mass ? site_.settings.breaker_hold : site_.settings.delete_delay;
  SubtreeQueue::Task again{prefix, true, outcome.mass};
  if (!parts_.confirm(std::move(again), now + delay)) request_scan("many folders are gone");
}

std::string RootSession::trouble(Reconciler::Outcome const& outcome) const {
  auto const& totals = outcome.totals;
  if (outcome.mass)
    return fmt::format("{} known files are missing at once: nothing is removed unless a second scan in {} s agrees",
                       outcome.unconfirmed, site_.settings.breaker_hold.count() / 1000);
  if (!site_.inotify)
    return fmt::format(
        "inotify gives no instance: sysctl -w fs.inotify.max_user_instances=1024; until then a scan every {} s",
        site_.settings.unwatched_every.count() / 1000);
  if (totals.unwatched > 0)
    return fmt::format(
        "{} of {} folders cannot be watched ({}): sysctl -w fs.inotify.max_user_watches={}; until then a scan "
        "every {} s",
        totals.unwatched, totals.directories, core::from_errno(totals.watch_error, "inotify_add_watch", "").operation,
        std::max<std::int64_t>(524'288, totals.directories * 2), site_.settings.unwatched_every.count() / 1000);
  if (totals.unreadable > 0)
    return fmt::format("{} entries cannot be read, their known files are left as they are: check the permissions",
                       totals.unreadable);
  return {};
}

void RootSession::report(std::string const& why, Reconciler::Outcome const& outcome) {
  auto& health = site_.health;
  health.items = outcome.totals.files;
  health.directories = router_.map().watched();
  health.unreadable = std::max(outcome.totals.unreadable, observer_.machine().unknown());
  ++health.scans;
  health.last_scan = site_.clock.wall();
  health.reason = trouble(outcome);
  health.state = health.reason.empty() ? SourceHealth::State::watching : SourceHealth::State::degraded;
  if (!health.reason.empty()) return;
  health.reason = "last scan: " + why;
  if (outcome.totals.other_mounts > 0)
    health.reason += fmt::format("; {} folders on other mounts are not watched", outcome.totals.other_mounts);
}

}  // namespace watch
