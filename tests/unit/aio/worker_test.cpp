#include "aio/worker.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <array>
#include <atomic>
#include <latch>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>

#include "aio/sleep.hpp"
#include "aio/task_group.hpp"
#include "support/run_coro.hpp"

namespace aio {
namespace {

using namespace std::chrono_literals;

class WorkerTest : public testing::Test {
 protected:
  ~WorkerTest() override { worker.join(); }
  asio::io_context io{1};  // outlives the threads that post to it
  Worker worker{2, "tw-test"};
};

TEST_F(WorkerTest, brings_a_value_home) {
  auto body = [this]() -> awaitable<std::string> {
    auto work = [] { return std::string(1000, 'v'); };
    co_return co_await worker.run(std::move(work));
  };
  EXPECT_EQ(support::run_coro(io, std::move(body)), std::string(1000, 'v'));
}

TEST_F(WorkerTest, does_work_without_a_value) {
  std::atomic<int> done = 0;
  auto body = [&]() -> awaitable<void> {
    auto work = [&done] { ++done; };
    co_await worker.run(std::move(work));
    EXPECT_EQ(done, 1);
  };
  support::run_coro(io, std::move(body));
}

TEST_F(WorkerTest, carries_what_can_only_be_moved) {
  auto body = [this]() -> awaitable<int> {
    auto work = [owned = std::make_unique<int>(41)] { return std::make_unique<int>(*owned + 1); };
    auto const value = co_await worker.run(std::move(work));
    co_return *value;
  };
  EXPECT_EQ(support::run_coro(io, std::move(body)), 42);
}

TEST(Worker, ends_though_it_never_ran_anything) {
  // As when the daemon finds its socket taken: stopped before a thread has taken its first work.
  for (int i = 0; i < 300; ++i) Worker const unused(3, "tw-test");
}

struct NoDefault {
  explicit NoDefault(int of) : value(of) {}
  int value;
};

TEST_F(WorkerTest, carries_a_value_that_cannot_be_made_from_nothing) {
  auto body = [this]() -> awaitable<int> {
    auto work = [] { return NoDefault(7); };
    auto const value = co_await worker.run(std::move(work));
    co_return value.value;
  };
  EXPECT_EQ(support::run_coro(io, std::move(body)), 7);
}

TEST_F(WorkerTest, throws_at_home_what_the_work_threw) {
  auto body = [this]() -> awaitable<void> {
    auto work = []() -> int { throw std::runtime_error("in the cellar"); };
    (void)co_await worker.run(std::move(work));
  };
  try {
    support::run_coro(io, std::move(body));
    FAIL();
  } catch (std::runtime_error const& error) {
    EXPECT_STREQ(error.what(), "in the cellar");
  }
  auto again = [this]() -> awaitable<int> {
    auto work = [] { return 1; };
    co_return co_await worker.run(std::move(work));
  };
  EXPECT_EQ(support::run_coro(io, std::move(again)), 1);  // the thread lives on
}

TEST_F(WorkerTest, works_elsewhere_and_comes_home) {
  auto const home = std::this_thread::get_id();
  auto body = [&]() -> awaitable<void> {
    auto work = [] { return std::this_thread::get_id(); };
    auto const there = co_await worker.run(std::move(work));
    EXPECT_NE(there, home);
    EXPECT_EQ(std::this_thread::get_id(), home);
  };
  support::run_coro(io, std::move(body));
}

TEST_F(WorkerTest, names_every_thread) {
  auto body = [this]() -> awaitable<void> {
    auto const both = std::make_shared<std::latch>(2);
    auto work = [both] {
      both->arrive_and_wait();  // two at a time: both threads are asked
      std::array<char, 16> name{};
      ::pthread_getname_np(::pthread_self(), name.data(), name.size());
      return std::string(name.data());
    };
    TaskGroup group(co_await asio::this_coro::executor);
    for (int i = 0; i < 2; ++i)
      group.spawn([this, work]() -> awaitable<void> {
        auto own = work;
        auto const name = co_await worker.run(std::move(own));
        EXPECT_EQ(name, "tw-test");
      });
    co_await group.join();
  };
  support::run_coro(io, std::move(body));
}

TEST_F(WorkerTest, serves_many_at_once_and_mixes_none_up) {
  std::atomic<int> at_once = 0, most = 0;
  std::set<int> back;
  auto body = [&]() -> awaitable<void> {
    TaskGroup group(co_await asio::this_coro::executor);
    for (int i = 0; i < 500; ++i)
      group.spawn([&, i]() -> awaitable<void> {
        auto work = [&at_once, &most, i] {
          int const now = ++at_once;
          for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
          }
          --at_once;
          return i;
        };
        back.insert(co_await worker.run(std::move(work)));
      });
    co_await group.join();
  };
  support::run_coro(io, std::move(body));
  EXPECT_EQ(back.size(), 500U);
  EXPECT_LE(most, 2);
}

// Half a transaction must not be abandoned: cancelled or not, the work is done and its end awaited.
TEST_F(WorkerTest, is_not_withdrawn_by_cancellation) {
  std::latch begun(1), go_on(1);
  std::atomic<bool> done = false;
  bool came_back = false, threw_after = false;
  auto body = [&]() -> awaitable<void> {
    TaskGroup group(co_await asio::this_coro::executor);
    group.spawn([&]() -> awaitable<void> {
      auto work = [&] {
        begun.count_down();
        go_on.wait();
        done = true;
      };
      co_await worker.run(std::move(work));
      came_back = done;
      try {
        co_await sleep_for(24h);
      } catch (boost::system::system_error const&) {
        threw_after = true;  // the cancellation is not forgotten either
      }
    });
    begun.wait();
    group.stop();
    co_await sleep_for(1ms);
    EXPECT_EQ(group.size(), 1U);
    go_on.count_down();
    co_await group.join();
  };
  support::run_coro(io, std::move(body));
  EXPECT_TRUE(came_back);
  EXPECT_TRUE(threw_after);
}

TEST(Worker, join_waits_for_what_is_queued) {
  std::atomic<int> done = 0;
  asio::io_context io{1};
  Worker worker(1, "tw-test");
  auto body = [&]() -> awaitable<void> {
    TaskGroup group(co_await asio::this_coro::executor);
    for (int i = 0; i < 50; ++i)
      group.spawn([&]() -> awaitable<void> {
        auto work = [&done] { ++done; };
        co_await worker.run(std::move(work));
      });
    co_await asio::post(io, asio::use_awaitable);
    worker.join();
    EXPECT_EQ(done, 50);
    co_await group.join();
  };
  support::run_coro(io, std::move(body));
}

}  // namespace
}  // namespace aio
