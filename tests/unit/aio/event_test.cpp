#include "aio/event.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>

#include "aio/task_group.hpp"
#include "support/run_coro.hpp"

namespace aio {
namespace {

using namespace std::chrono_literals;

TEST(Event, set_before_wait_is_not_lost) {
  asio::io_context io{1};
  Event event(io.get_executor());
  EXPECT_FALSE(event.is_set());
  event.set();
  EXPECT_TRUE(event.is_set());
  support::run_coro(io, [&] { return event.wait(); });
  EXPECT_FALSE(event.is_set());
}

TEST(Event, set_during_wait_wakes_it) {
  asio::io_context io{1};
  Event event(io.get_executor());
  asio::post(io, [&] { event.set(); });
  support::run_coro(io, [&] { return event.wait(); });
  EXPECT_FALSE(event.is_set());
}

TEST(Event, several_sets_are_one) {
  asio::io_context io{1};
  Event event(io.get_executor());
  for (int i = 0; i < 3; ++i) event.set();
  support::run_coro(io, [&] { return event.wait(); });
  auto const deadline = std::chrono::steady_clock::now();
  EXPECT_FALSE(support::run_coro(io, [&] { return event.wait_until(deadline); }));
}

TEST(Event, set_between_two_waits_is_kept_for_the_second) {
  asio::io_context io{1};
  Event event(io.get_executor());
  int woken = 0;
  auto body = [&]() -> awaitable<void> {
    for (; woken < 100; ++woken) {
      asio::post(io, [&] { event.set(); });
      co_await event.wait();
      event.set();  // by the loop's own work, before it waits again
      co_await event.wait();
    }
  };
  support::run_coro(io, std::move(body));
  EXPECT_EQ(woken, 100);
}

TEST(Event, tells_whether_it_was_set_in_time) {
  asio::io_context io{1};
  Event event(io.get_executor());
  auto const soon = std::chrono::steady_clock::now() + 5ms;
  EXPECT_FALSE(support::run_coro(io, [&] { return event.wait_until(soon); }));
  EXPECT_GE(std::chrono::steady_clock::now(), soon);
  asio::post(io, [&] { event.set(); });
  auto const late = std::chrono::steady_clock::now() + 1h;
  EXPECT_TRUE(support::run_coro(io, [&] { return event.wait_until(late); }));
  event.set();
  EXPECT_TRUE(
      support::run_coro(io, [&] { return event.wait_until(soon); }));  // set counts, although the deadline is over
}

TEST(Event, throws_when_it_is_cancelled_and_stays_usable) {
  asio::io_context io{1};
  Event event(io.get_executor());
  boost::system::error_code seen;
  auto body = [&]() -> awaitable<void> {
    TaskGroup group(io.get_executor());
    group.spawn([&]() -> awaitable<void> {
      try {
        co_await event.wait();
      } catch (boost::system::system_error const& error) {
        seen = error.code();
      }
    });
    group.stop();
    co_await group.join();
  };
  support::run_coro(io, std::move(body));
  EXPECT_EQ(seen, asio::error::operation_aborted);
  event.set();
  support::run_coro(io, [&] { return event.wait(); });
}

}  // namespace
}  // namespace aio
