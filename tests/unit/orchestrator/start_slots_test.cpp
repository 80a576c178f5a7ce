#include "orchestrator/start_slots.hpp"

#include <gtest/gtest.h>

#include <boost/asio/cancellation_signal.hpp>
#include <stdexcept>
#include <vector>

#include "aio/event.hpp"
#include "aio/sleep.hpp"
#include "aio/task_group.hpp"
#include "support/run_coro.hpp"

namespace orchestrator {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

TEST(StartSlots, let_only_so_many_in) {
  int inside = 0, most = 0, done = 0;
  auto body = [&]() -> awaitable<void> {
    auto const executor = co_await asio::this_coro::executor;
    StartSlots slots(executor, 3);
    aio::TaskGroup group(executor);
    for (int i = 0; i < 20; ++i)
      group.spawn([&]() -> awaitable<void> {
        auto const hold = co_await slots.acquire();
        most = std::max(most, ++inside);
        co_await aio::sleep_for(1ms);
        --inside;
        ++done;
      });
    co_await group.join();
  };
  support::run_coro(std::move(body));
  EXPECT_EQ(done, 20);
  EXPECT_EQ(most, 3);
}

TEST(StartSlots, serve_in_the_order_of_asking) {
  std::vector<int> order;
  auto body = [&]() -> awaitable<void> {
    auto const executor = co_await asio::this_coro::executor;
    StartSlots slots(executor, 1);
    aio::TaskGroup group(executor);
    for (int i = 0; i < 5; ++i)
      group.spawn([&, i]() -> awaitable<void> {
        auto const hold = co_await slots.acquire();
        order.push_back(i);
        co_await aio::sleep_for(1ms);
      });
    co_await group.join();
  };
  support::run_coro(std::move(body));
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(StartSlots, are_given_back_by_whoever_throws) {
  auto body = []() -> awaitable<void> {
    StartSlots slots(co_await asio::this_coro::executor, 1);
    try {
      auto const hold = co_await slots.acquire();
      throw std::runtime_error("while starting");
    } catch (std::runtime_error const&) {
    }
    auto const again = co_await slots.acquire();
  };
  support::run_coro(std::move(body), 5s);
}

TEST(StartSlots, are_given_back_once_by_a_hold_that_moved) {
  auto body = []() -> awaitable<void> {
    auto const executor = co_await asio::this_coro::executor;
    StartSlots slots(executor, 1);
    {
      auto first = co_await slots.acquire();
      auto const second = std::move(first);
    }
    auto const one = co_await slots.acquire();
    aio::TaskGroup group(executor);
    bool entered = false;
    group.spawn([&]() -> awaitable<void> {
      auto const two = co_await slots.acquire();
      entered = true;
    });
    co_await aio::sleep_for(2ms);
    EXPECT_FALSE(entered);  // a slot that came back twice would let it in
    group.stop();
    co_await group.join();
  };
  support::run_coro(std::move(body), 5s);
}

TEST(StartSlots, throw_at_a_waiter_that_is_cancelled) {
  boost::system::error_code seen;
  auto body = [&]() -> awaitable<void> {
    auto const executor = co_await asio::this_coro::executor;
    StartSlots slots(executor, 1);
    auto const hold = co_await slots.acquire();
    aio::TaskGroup group(executor);
    group.spawn([&]() -> awaitable<void> {
      try {
        auto const never = co_await slots.acquire();
      } catch (boost::system::system_error const& error) {
        seen = error.code();
      }
    });
    group.stop();
    co_await group.join();
  };
  support::run_coro(std::move(body), 5s);
  EXPECT_EQ(seen, asio::error::operation_aborted);
}

// The slot was meant for the first waiter, which is cancelled in the same turn: the second must not sleep for ever.
TEST(StartSlots, pass_to_the_next_what_a_cancelled_waiter_cannot_take) {
  bool entered = false;
  auto body = [&]() -> awaitable<void> {
    auto const executor = co_await asio::this_coro::executor;
    StartSlots slots(executor, 1);
    aio::TaskGroup first(executor), second(executor);
    {
      auto const hold = co_await slots.acquire();
      first.spawn([&]() -> awaitable<void> { auto const slot = co_await slots.acquire(); });
      second.spawn([&]() -> awaitable<void> {
        auto const slot = co_await slots.acquire();
        entered = true;
      });
      co_await aio::sleep_for(1ms);
    }
    first.stop();
    co_await first.join();
    co_await second.join();
  };
  support::run_coro(std::move(body), 5s);
  EXPECT_TRUE(entered);
}

}  // namespace
}  // namespace orchestrator
