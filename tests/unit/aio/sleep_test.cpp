#include "aio/sleep.hpp"

#include <gtest/gtest.h>

#include "aio/task_group.hpp"
#include "support/run_coro.hpp"

namespace aio {
namespace {

using namespace std::chrono_literals;

TEST(Sleep, lasts_as_long_as_it_was_told) {
  auto const before = std::chrono::steady_clock::now();
  support::run_coro([] { return sleep_for(10ms); });
  EXPECT_GE(std::chrono::steady_clock::now() - before, 10ms);
}

TEST(Sleep, of_nothing_returns) {
  support::run_coro([] { return sleep_for(0ms); });
}

TEST(Sleep, throws_when_it_is_cancelled) {
  boost::system::error_code seen;
  auto body = [&]() -> awaitable<void> {
    TaskGroup group(co_await asio::this_coro::executor);
    group.spawn([&seen]() -> awaitable<void> {
      try {
        co_await sleep_for(1h);
      } catch (boost::system::system_error const& error) {
        seen = error.code();
      }
    });
    group.stop();
    co_await group.join();
  };
  support::run_coro(std::move(body));
  EXPECT_EQ(seen, asio::error::operation_aborted);
}

}  // namespace
}  // namespace aio
