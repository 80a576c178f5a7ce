#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

#include "aio/sleep.hpp"
#include "aio/task_group.hpp"
#include "aio/worker.hpp"
#include "support/run_coro.hpp"

namespace aio {
namespace {

using namespace std::chrono_literals;

/// Ends well after it was told to stop and has cleaned up for a while.
auto tidy_child(bool& cleaned) {
  return [&cleaned]() -> awaitable<void> {
    try {
      co_await sleep_for(24h);
    } catch (...) {
    }
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await sleep_for(2ms);
    cleaned = true;
  };
}

/// Runs `service` in a group of its own and stops it after `pause`; the code that it ended with, none if it returned.
template <class Service>
boost::system::error_code stop_it(asio::io_context& io, Service service) {
  boost::system::error_code seen;
  auto body = [&]() -> awaitable<void> {
    TaskGroup outer(co_await asio::this_coro::executor);
    outer.spawn([&]() -> awaitable<void> {
      try {
        co_await service();
      } catch (boost::system::system_error const& error) {
        seen = error.code();
      }
    });
    co_await sleep_for(2ms);
    outer.stop();
    co_await outer.join();
  };
  support::run_coro(io, std::move(body));
  return seen;
}

TEST(WithTaskGroup, stops_and_joins_when_the_body_returns) {
  bool cleaned = false;
  auto run = [&]() -> awaitable<void> {
    auto body = [&](TaskGroup& group) -> awaitable<void> {
      group.spawn(tidy_child(cleaned));
      co_await sleep_for(1ms);
    };
    co_await with_task_group(std::move(body));
    EXPECT_TRUE(cleaned);
  };
  support::run_coro(std::move(run));
  EXPECT_TRUE(cleaned);
}

TEST(WithTaskGroup, stops_and_joins_when_the_body_throws) {
  bool cleaned = false;
  auto run = [&]() -> awaitable<void> {
    auto body = [&](TaskGroup& group) -> awaitable<void> {
      group.spawn(tidy_child(cleaned));
      co_await sleep_for(1ms);
      throw std::runtime_error("the body's");
    };
    co_await with_task_group(std::move(body));
  };
  try {
    support::run_coro(std::move(run));
    FAIL() << "the exception did not come out";
  } catch (std::runtime_error const& error) {
    EXPECT_STREQ(error.what(), "the body's");
  }
  EXPECT_TRUE(cleaned);
}

TEST(WithTaskGroup, stops_and_joins_when_it_is_cancelled) {
  asio::io_context io{1};
  bool cleaned = false;
  auto const code = stop_it(io, [&]() -> awaitable<void> {
    auto body = [&](TaskGroup& group) -> awaitable<void> {
      group.spawn(tidy_child(cleaned));
      co_await sleep_for(24h);
    };
    co_await with_task_group(std::move(body));
  });
  EXPECT_EQ(code, asio::error::operation_aborted);
  EXPECT_TRUE(cleaned);
}

TEST(WithTaskGroup, passes_on_a_cancellation_that_comes_while_children_are_joined) {
  asio::io_context io{1};
  bool cleaned = false;
  auto const code = stop_it(io, [&]() -> awaitable<void> {
    auto body = [&](TaskGroup& group) -> awaitable<void> {
      group.spawn([&cleaned]() -> awaitable<void> {
        co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
        co_await sleep_for(30ms);
        cleaned = true;
      });
      co_return;
    };
    co_await with_task_group(std::move(body));
  });
  EXPECT_EQ(code, asio::error::operation_aborted);
  EXPECT_TRUE(cleaned);
}

// The body is in work that cannot be cancelled, and ends well: the caller must hear of its cancellation all the same.
TEST(WithTaskGroup, passes_on_a_cancellation_that_met_the_end_of_the_body) {
  asio::io_context io{1};
  Worker worker(1, "test");
  bool went_on = false;
  auto const code = stop_it(io, [&]() -> awaitable<void> {
    auto body = [&](TaskGroup&) -> awaitable<void> {
      auto work = [] { std::this_thread::sleep_for(20ms); };
      co_await worker.run(std::move(work));
    };
    co_await with_task_group(std::move(body));
    went_on = true;
  });
  worker.join();
  EXPECT_EQ(code, asio::error::operation_aborted);
  EXPECT_FALSE(went_on);
}

TEST(WithTaskGroup, lets_a_childs_failure_out_through_join) {
  bool cleaned = false;
  auto run = [&]() -> awaitable<void> {
    auto body = [&](TaskGroup& group) -> awaitable<void> {
      group.spawn(tidy_child(cleaned));
      group.spawn([]() -> awaitable<void> {
        co_await sleep_for(1ms);
        throw std::logic_error("the child's");
      });
      co_await group.join();
    };
    co_await with_task_group(std::move(body));
  };
  EXPECT_THROW(support::run_coro(std::move(run)), std::logic_error);
  EXPECT_TRUE(cleaned);
}

TEST(WithTaskGroup, lets_a_childs_failure_out_although_nobody_joined) {
  auto run = []() -> awaitable<void> {
    auto body = [](TaskGroup& group) -> awaitable<void> {
      group.spawn([]() -> awaitable<void> {
        co_await sleep_for(1ms);
        throw std::logic_error("the child's");
      });
      co_await sleep_for(10ms);
    };
    co_await with_task_group(std::move(body));
  };
  EXPECT_THROW(support::run_coro(std::move(run)), std::logic_error);
}

TEST(WithTaskGroup, nests) {
  asio::io_context io{1};
  bool inner = false, outer = false;
  auto const code = stop_it(io, [&]() -> awaitable<void> {
    auto body = [&](TaskGroup& group) -> awaitable<void> {
      group.spawn(tidy_child(outer));
      auto nested = [&](TaskGroup& own) -> awaitable<void> {
        own.spawn(tidy_child(inner));
        co_await own.join();
      };
      co_await with_task_group(std::move(nested));
    };
    co_await with_task_group(std::move(body));
  });
  EXPECT_EQ(code, asio::error::operation_aborted);
  EXPECT_TRUE(inner);
  EXPECT_TRUE(outer);
}

}  // namespace
}  // namespace aio
