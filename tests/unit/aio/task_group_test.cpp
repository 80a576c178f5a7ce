#include "aio/task_group.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "aio/event.hpp"
#include "aio/sleep.hpp"
#include "support/run_coro.hpp"

namespace aio {
namespace {

using namespace std::chrono_literals;

awaitable<void> for_ever() {
  co_await sleep_for(24h);
}

/// Waits for ever and notes that it was ended.
auto waiting(int& ended) {
  return [&ended]() -> awaitable<void> {
    struct Note {
      int& ended;
      ~Note() { ++ended; }
    } const note{ended};
    co_await for_ever();
  };
}

TEST(TaskGroup, join_waits_for_every_child) {
  int ended = 0;
  auto body = [&]() -> awaitable<void> {
    TaskGroup group(co_await asio::this_coro::executor);
    for (int i = 0; i < 3; ++i)
      group.spawn([&ended, i]() -> awaitable<void> {
        co_await sleep_for(std::chrono::milliseconds(i));
        ++ended;
      });
    EXPECT_EQ(group.size(), 3U);
    co_await group.join();
    EXPECT_EQ(ended, 3);
    EXPECT_EQ(group.size(), 0U);
    EXPECT_FALSE(group.stopping());
  };
  support::run_coro(std::move(body));
}

TEST(TaskGroup, join_of_an_empty_group_returns) {
  auto body = []() -> awaitable<void> {
    TaskGroup group(co_await asio::this_coro::executor);
    co_await group.join();
    co_await group.join();
  };
  support::run_coro(std::move(body));
}

TEST(TaskGroup, children_start_at_once_and_outlive_their_callable) {
  std::string seen;
  auto body = [&]() -> awaitable<void> {
    TaskGroup group(co_await asio::this_coro::executor);
    {
      std::string const captured(100, 'x');
      auto child = [&seen, captured]() -> awaitable<void> {
        co_await sleep_for(1ms);
        seen = captured;
      };
      group.spawn(std::move(child));
    }
    co_await group.join();
  };
  support::run_coro(std::move(body));
  EXPECT_EQ(seen, std::string(100, 'x'));
}

TEST(TaskGroup, the_first_failure_stops_the_others_and_comes_out) {
  int ended = 0;
  auto body = [&]() -> awaitable<void> {
    TaskGroup group(co_await asio::this_coro::executor);
    group.spawn(waiting(ended));
    group.spawn(waiting(ended));
    group.spawn([]() -> awaitable<void> {
      co_await sleep_for(1ms);
      throw std::runtime_error("first");
    });
    co_await group.join();
  };
  try {
    support::run_coro(std::move(body));
    FAIL() << "the failure did not come out";
  } catch (std::runtime_error const& error) {
    EXPECT_STREQ(error.what(), "first");
  }
  EXPECT_EQ(ended, 2);
}

TEST(TaskGroup, keeps_the_first_of_several_failures) {
  auto body = []() -> awaitable<void> {
    TaskGroup group(co_await asio::this_coro::executor);
    group.spawn([]() -> awaitable<void> {
      try {
        co_await for_ever();
      } catch (...) {
      }
      throw std::runtime_error("second, on the way out");
    });
    group.spawn([]() -> awaitable<void> {
      co_await sleep_for(1ms);
      throw std::runtime_error("first");
    });
    co_await group.join();
  };
  try {
    support::run_coro(std::move(body));
    FAIL();
  } catch (std::runtime_error const& error) {
    EXPECT_STREQ(error.what(), "first");
  }
}

TEST(TaskGroup, a_child_may_fail_before_it_ever_waits) {
  auto body = []() -> awaitable<void> {
    TaskGroup group(co_await asio::this_coro::executor);
    group.spawn([]() -> awaitable<void> {
      throw std::runtime_error("at once");
      co_return;
    });
    co_await group.join();
  };
  EXPECT_THROW(support::run_coro(std::move(body)), std::runtime_error);
}

TEST(TaskGroup, stop_ends_all_and_is_no_failure) {
  int ended = 0;
  auto body = [&]() -> awaitable<void> {
    TaskGroup group(co_await asio::this_coro::executor);
    for (int i = 0; i < 5; ++i) group.spawn(waiting(ended));
    group.stop();
    group.stop();
    EXPECT_TRUE(group.stopping());
    co_await group.join();
  };
  support::run_coro(std::move(body));
  EXPECT_EQ(ended, 5);
}

TEST(TaskGroup, passes_the_joiners_cancellation_on_and_ends_after_its_children) {
  std::vector<std::string> order;
  boost::system::error_code seen;
  auto body = [&]() -> awaitable<void> {
    TaskGroup outer(co_await asio::this_coro::executor);
    outer.spawn([&]() -> awaitable<void> {
      TaskGroup inner(co_await asio::this_coro::executor);
      inner.spawn([&]() -> awaitable<void> {
        try {
          co_await for_ever();
        } catch (...) {
        }
        co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
        co_await sleep_for(5ms);  // it takes its time to clean up
        order.push_back("child");
      });
      try {
        co_await inner.join();
      } catch (boost::system::system_error const& error) {
        seen = error.code();
      }
      order.push_back("joiner");
    });
    outer.stop();
    co_await outer.join();
  };
  support::run_coro(std::move(body));
  EXPECT_EQ(order, (std::vector<std::string>{"child", "joiner"}));
  EXPECT_EQ(seen, asio::error::operation_aborted);
}

TEST(TaskGroup, children_may_spawn_children) {
  int ended = 0;
  auto body = [&]() -> awaitable<void> {
    TaskGroup group(co_await asio::this_coro::executor);
    group.spawn([&]() -> awaitable<void> {
      for (int i = 0; i < 3; ++i)
        group.spawn([&]() -> awaitable<void> {
          co_await sleep_for(1ms);
          ++ended;
        });
      co_return;
    });
    co_await group.join();
  };
  support::run_coro(std::move(body));
  EXPECT_EQ(ended, 3);
}

TEST(TaskGroup, stops_what_is_spawned_after_it_was_stopped) {
  int ended = 0;
  auto body = [&]() -> awaitable<void> {
    TaskGroup group(co_await asio::this_coro::executor);
    group.spawn([&]() -> awaitable<void> {
      try {
        co_await for_ever();
      } catch (...) {
        group.spawn(waiting(ended));
      }
    });
    group.stop();
    group.spawn(waiting(ended));
    co_await group.join();
  };
  support::run_coro(std::move(body), 5s);
  EXPECT_EQ(ended, 2);
}

TEST(TaskGroup, may_be_stopped_by_its_own_child) {
  int ended = 0;
  auto body = [&]() -> awaitable<void> {
    TaskGroup group(co_await asio::this_coro::executor);
    group.spawn(waiting(ended));
    group.spawn([&]() -> awaitable<void> {
      co_await sleep_for(1ms);
      group.stop();
    });
    group.spawn(waiting(ended));
    co_await group.join();
  };
  support::run_coro(std::move(body));
  EXPECT_EQ(ended, 2);
}

TEST(TaskGroup, carries_many_short_children) {
  int ended = 0;
  auto body = [&]() -> awaitable<void> {
    TaskGroup group(co_await asio::this_coro::executor);
    for (int i = 0; i < 2000; ++i)
      group.spawn([&]() -> awaitable<void> {
        ++ended;
        co_return;
      });
    co_await group.join();
  };
  support::run_coro(std::move(body));
  EXPECT_EQ(ended, 2000);
}

using TaskGroupDeathTest = testing::Test;

TEST(TaskGroupDeathTest, must_not_be_destroyed_with_children) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        asio::io_context io;
        TaskGroup group(io.get_executor());
        group.spawn([]() -> awaitable<void> { co_await for_ever(); });
      },
      "children_.empty");
}

}  // namespace
}  // namespace aio
