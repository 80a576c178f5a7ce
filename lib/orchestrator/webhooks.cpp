#include "orchestrator/webhooks.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "aio/sleep.hpp"
#include "core/ulid.hpp"
#include "core/units.hpp"
#include "domain/backoff.hpp"
#include "domain/nearest.hpp"

namespace orchestrator {

using namespace std::chrono_literals;
using store::Lane;

namespace {

constexpr std::ptrdiff_t most_at_once = 4;
constexpr auto longest_sleep = 1h;
constexpr auto after_trouble = 10s;
constexpr auto furthest = 25h;  // no try is put off further: Retry-After counts up to a day

}  // namespace

Webhooks::Webhooks(boost::asio::any_io_executor executor, Services& services, Teller teller, Pace pace)
    : services_(services), teller_(std::move(teller)), pace_(pace), wake_(std::move(executor)) {
  for (auto const& [name, config] : services.config.webhooks) hooks_[name].config = config;
}

awaitable<void> Webhooks::run() {
  auto body = [this](aio::TaskGroup& tasks) -> awaitable<void> {
    tasks.spawn([this] { return prune(); });
    for (;;) {
      core::Steady next;
      try {
        next = co_await start_due(tasks);
      } catch (core::Failure const& failure) {
        spdlog::error("webhooks wait: {}", failure.what());
        next = services_.clock.steady() + after_trouble;
      }
      (void)co_await wake_.wait_until(next);
      if (tasks.stopping()) co_await tasks.join();  // one failed: let it come out
    }
  };
  co_await aio::with_task_group(std::move(body));
}

awaitable<Webhooks::Due> Webhooks::find_due(std::vector<std::string> names) {
  auto query = [names = std::move(names), now = services_.clock.wall()](sql::Connection& db) {
    Due due;
    for (auto const& name : names) {
      if (auto row = store::due_notification(db, name, now, now + furthest)) {
        due.rows.emplace(name, std::move(*row));
      } else if (auto const next = store::next_try(db, name)) {
        due.next = std::min(due.next.value_or(*next), *next);
      }
    }
    return due;
  };
  co_return co_await services_.database.read(std::move(query));
}

awaitable<core::Steady> Webhooks::start_due(aio::TaskGroup& tasks) {
  auto const now = services_.clock.steady();
  auto next = now + longest_sleep;
  std::vector<std::string> idle;
  for (auto const& [name, hook] : hooks_) {
    if (hook.busy) continue;  // its end wakes us
    if (hook.paused_until > now)
      next = std::min<core::Steady>(next, hook.paused_until);
    else
      idle.push_back(name);
  }
  if (idle.empty()) co_return next;
  auto due = co_await find_due(std::move(idle));
  auto busy = std::ranges::count_if(hooks_, [](auto const& entry) { return entry.second.busy; });
  for (auto& found : due.rows) {
    if (busy >= most_at_once) break;
    ++busy;
    hooks_.at(found.first).busy = true;
    auto work = [this, name = found.first, row = std::move(found.second)] { return deliver(name, row); };
    tasks.spawn(std::move(work));
  }
  if (due.next) {
    auto const wait = std::clamp<std::chrono::milliseconds>(*due.next - services_.clock.wall(), 1ms, longest_sleep);
    next = std::min<core::Steady>(next, services_.clock.steady() + wait);
  }
  co_return next;
}

awaitable<void> Webhooks::deliver(std::string name, store::OutboxRow row) {
  auto& hook = hooks_.at(name);
  struct Leave {
    Webhooks& webhooks;
    Hook& hook;
    ~Leave() {
      hook.busy = false;
      webhooks.wake_.set();
    }
  } const leave{*this, hook};
  try {
    auto posted = co_await post_event(services_, hook.config, row.event_id, row.body);
    co_await record(name, std::move(row), std::move(posted));
  } catch (core::Failure const& failure) {
    // The receiver has it, and it is not written down: it will get it again, by the same id.
    spdlog::error("webhook {}: what became of an event could not be stored: {}", name, failure.what());
    hook.paused_until = services_.clock.steady() + after_trouble;
  }
}

awaitable<void> Webhooks::record(std::string name, store::OutboxRow row, Posted posted) {
  auto& hook = hooks_.at(name);
  auto const now = services_.clock.wall();
  bool const too_old = now - row.created >= pace_.give_up;
  auto const pause =
      std::max(posted.retry_after.value_or(0ms),
               domain::backoff_delay(pace_.first_pause, row.tries + 1, static_cast<std::uint64_t>(row.id)));
  auto error = posted.error;
  if (too_old) error = "given up after " + core::format_duration(pace_.give_up) + ": " + error;
  auto write = [id = row.id, error, delivered = posted.delivered, end = posted.gone || too_old, now,
                pause](sql::Connection& db) {
    if (delivered)
      store::set_delivered(db, id, now);
    else if (end)
      store::set_given_up(db, id, error, now);
    else
      store::set_failed(db, id, error, now, now + pause);
  };
  co_await services_.database.write(Lane::run, std::move(write));
  if (posted.delivered) {
    ++hook.counts.delivered;
    if (hook.failures > 0) spdlog::info("webhook {}: events arrive again", name);
    hook.failures = 0;
    hook.paused_until = {};
    co_return;
  }
  if (posted.gone || too_old) {
    ++hook.counts.given_up;
    spdlog::error("webhook {}: event {} is given up: {}", name, row.event_id, error);
  } else {
    ++hook.counts.failed;
  }
  after_failure(name, hook, posted);
}

void Webhooks::after_failure(std::string const& name, Hook& hook, Posted const& posted) {
  if (hook.failures == 0)
    spdlog::warn("webhook {}: {}; it is tried again for {}", name, posted.error, core::format_duration(pace_.give_up));
  // A 410 is an answer to one event: the next one may be welcome, and if not, it is over at once as well.
  ++hook.failures;
  auto const pause = posted.gone ? 0ms : domain::backoff_delay(pace_.first_pause, std::min(hook.failures, 30), 0);
  hook.paused_until = services_.clock.steady() + std::max(pause, posted.retry_after.value_or(0ms));
}

awaitable<void> Webhooks::prune() {
  std::vector<std::string> known;
  for (auto const& [name, hook] : hooks_) known.push_back(name);
  for (;;) {
    bool more = false;
    try {
      auto work = [known, now = services_.clock.wall(), pace = pace_](sql::Connection& db) {
        return store::prune_outbox(db, known, now - pace.keep, now - pace.give_up, now);
      };
      more = co_await services_.database.write(Lane::intake, std::move(work));
    } catch (core::Failure const&) {
      more = false;  // the next time
    }
    co_await aio::sleep_for(more ? 100ms : 6h);
  }
}

awaitable<core::Result<Posted>> Webhooks::test(std::string name) {
  auto const found = hooks_.find(name);
  if (found == hooks_.end()) {
    std::vector<std::string> names;
    for (auto const& [known, hook] : hooks_) names.push_back(known);
    auto hint = domain::did_you_mean(name, names);
    if (hint.empty()) hint = "the name stands under `webhooks:` in tidewheeld.yaml";
    co_return core::Error{core::Errc::not_found, "there is no webhook of that name", name, std::move(hint)};
  }
  auto const now = services_.clock.wall();
  auto id = "evt_" + core::make_ulid(now);
  auto body = cloud_event(teller_, id, name, test_news(teller_, name), now, 0);
  auto posted = co_await post_event(services_, found->second.config, std::move(id), std::move(body));
  co_return posted;
}

std::map<std::string, Webhooks::Counts> Webhooks::counts() const {
  std::map<std::string, Counts> found;
  for (auto const& [name, hook] : hooks_) found.emplace(name, hook.counts);
  return found;
}

}  // namespace orchestrator
