#include "orchestrator/pulse.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "aio/sleep.hpp"

namespace orchestrator {

using namespace std::chrono_literals;
using store::Lane;

namespace {

constexpr std::size_t peek_page = 5000;
constexpr auto longest_sleep = 1h;  // so often at least the two clocks are compared, where something is expected

}  // namespace

Pulse::Pulse(boost::asio::any_io_executor executor, Services& services, Teller teller, std::function<void()> told,
             std::function<void(std::vector<CountedEnd> const&)> ended, Pace pace)
    : services_(services),
      teller_(std::move(teller)),
      told_(std::move(told)),
      ended_(std::move(ended)),
      pace_(pace),
      wake_(std::move(executor)),
      guard_(pace.start_hold, pace.step_hold) {
  services.database.on_commit([this] { wake_.set(); });
}

awaitable<void> Pulse::begin() {
  auto query = [](sql::Connection& db) { return store::notify_cursor(db).has_value(); };
  auto const begun = co_await services_.database.read(std::move(query));
  if (!begun) (void)co_await step(false, false);
}

awaitable<void> Pulse::run() {
  for (;;) {
    core::Steady next;
    try {
      next = co_await advance();
      troubled_ = false;
    } catch (core::Failure const& failure) {
      if (!std::exchange(troubled_, true)) spdlog::error("notifications wait: {}", failure.what());
      next = services_.clock.steady() + pace_.after_trouble;
    }
    auto const woken = co_await wake_.wait_until(next);
    if (!woken) continue;
    co_await aio::sleep_for(troubled_ ? pace_.after_trouble : pace_.gather);
    (void)co_await wake_.wait_until(services_.clock.steady());
  }
}

awaitable<Pulse::Peek> Pulse::peek() {
  auto query = [after = cursor_, now = services_.clock.wall()](sql::Connection& db) {
    Peek found;
    auto const cursor = store::notify_cursor(db);
    auto const ends = store::run_ends(db, std::max(after, cursor.value_or(0)), peek_page);
    found.ends = !ends.ends.empty();
    found.last = ends.last;
    found.more = ends.more;
    found.marks = store::pipeline_marks(db);
    found.next_expected = store::next_expected(db);
    found.due = found.next_expected && *found.next_expected <= now;
    return found;
  };
  co_return co_await services_.database.read(std::move(query));
}

awaitable<bool> Pulse::step(bool judge, bool align) {
  PulseStep step;
  step.teller = teller_;
  for (auto const& entry : services_.config.webhooks) step.webhooks.push_back(entry.first);
  step.now = services_.clock.wall();
  step.judge = judge;
  step.align = align;
  step.no_ends_before = cursor_;
  step.specs = specs_;
  auto work = [step = std::move(step)](sql::Connection& db) { return step.run(db); };
  auto const outcome = co_await services_.database.write(Lane::run, std::move(work));
  cursor_ = outcome.cursor;
  ended_(outcome.ends);
  if (outcome.told > 0) told_();
  co_return outcome.more;
}

awaitable<core::Steady> Pulse::advance() {
  for (bool judged = false;;) {
    auto const steady = services_.clock.steady();
    auto const hold = guard_.hold(services_.clock.wall(), steady);
    auto const found = co_await peek();
    bool const align = marks_ != found.marks;
    bool const judge = found.due && !hold;
    if (!found.ends && !align && !judge) {
      cursor_ = std::max(cursor_, found.last);
      if (found.more) continue;
      if (!found.next_expected) co_return steady + 24h;
      if (found.due) co_return *hold;
      auto const wait =
          std::clamp<std::chrono::milliseconds>(*found.next_expected - services_.clock.wall(), 1ms, longest_sleep);
      co_return steady + wait;
    }
    // Judged and due all the same would go round for ever.
    if (!found.ends && !align && std::exchange(judged, judge)) co_return steady + 1min;
    auto const more = co_await step(!hold, align);
    if (align && !more) marks_ = found.marks;
  }
}

}  // namespace orchestrator
