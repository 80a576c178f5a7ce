#include "orchestrator/staging.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "aio/sleep.hpp"
#include "aio/task_group.hpp"
#include "support/run_coro.hpp"

namespace orchestrator {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

/// Runs that want places, each until it is told to leave.
class Visitors {
 public:
  Visitors(Staging& staging, aio::TaskGroup& group, asio::any_io_executor executor)
      : staging_(staging), group_(group), executor_(std::move(executor)) {}

  ActiveRun& comes(std::int64_t no, std::int64_t bytes) {
    auto& run = *runs_.emplace_back(std::make_unique<ActiveRun>(executor_, store::RunNo{no}, store::PipelineId{1}));
    group_.spawn([this, &run, bytes]() -> awaitable<void> {
      auto place = co_await staging_.enter(run, bytes);
      if (place)
        inside_.emplace(run.no.value, std::move(place));
      else
        refused.push_back(run.no.value);
    });
    return run;
  }
  void has_it(std::int64_t no) { inside_.at(no).downloaded(); }
  void leaves(std::int64_t no) { inside_.erase(no); }
  Staging::Place& place(std::int64_t no) { return inside_.at(no); }
  [[nodiscard]] std::vector<std::int64_t> inside() const {
    std::vector<std::int64_t> numbers;
    for (auto const& [no, place] : inside_) numbers.push_back(no);
    return numbers;
  }
  std::vector<std::int64_t> refused;

 private:
  Staging& staging_;
  aio::TaskGroup& group_;
  asio::any_io_executor executor_;
  std::vector<std::unique_ptr<ActiveRun>> runs_;
  std::map<std::int64_t, Staging::Place> inside_;
};

using Numbers = std::vector<std::int64_t>;

/// Lets everything run that can.
awaitable<void> settle() {
  for (int i = 0; i < 20; ++i) co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
}

template <class Story>
void tell(Staging& staging, Story story) {
  auto body = [&]() -> awaitable<void> {
    auto const executor = co_await asio::this_coro::executor;
    auto scene = [&](aio::TaskGroup& group) -> awaitable<void> {
      Visitors visitors(staging, group, executor);
      co_await story(visitors);
      group.stop();
      co_await group.join();
    };
    co_await aio::with_task_group(std::move(scene));
  };
  support::run_coro(std::move(body));
}

TEST(Staging, bounds_the_bytes_until_the_attempts_end) {
  Staging staging(8, 100);
  auto story = [&](Visitors& visitors) -> awaitable<void> {
    for (std::int64_t no : {1, 2, 3}) visitors.comes(no, 40);
    co_await settle();
    EXPECT_EQ(visitors.inside(), (Numbers{1, 2}));
    EXPECT_EQ(staging.waits_for({1}), "");
    EXPECT_NE(staging.waits_for({3}).find("2 runs have 80 B of staging.max_bytes (100 B)"), std::string::npos)
        << staging.waits_for({3});
    visitors.has_it(1);
    co_await settle();
    EXPECT_EQ(visitors.inside(), (Numbers{1, 2})) << "downloaded, but it lies there";
    visitors.leaves(1);
    co_await settle();
    EXPECT_EQ(visitors.inside(), (Numbers{2, 3}));
    EXPECT_EQ(staging.waits_for({3}), "");
  };
  tell(staging, story);
}

TEST(Staging, bounds_the_downloads_until_they_are_over) {
  Staging staging(1, 100);
  auto story = [&](Visitors& visitors) -> awaitable<void> {
    for (std::int64_t no : {1, 2, 3}) visitors.comes(no, 1);
    co_await settle();
    EXPECT_EQ(visitors.inside(), (Numbers{1}));
    EXPECT_NE(staging.waits_for({3}).find("; 1 waited before it"), std::string::npos) << staging.waits_for({3});
    visitors.has_it(1);
    co_await settle();
    EXPECT_EQ(visitors.inside(), (Numbers{1, 2}));
    visitors.leaves(2);  // a download that failed
    co_await settle();
    EXPECT_EQ(visitors.inside(), (Numbers{1, 3}));
  };
  tell(staging, story);
}

TEST(Staging, a_large_input_is_not_overtaken) {
  Staging staging(8, 100);
  auto story = [&](Visitors& visitors) -> awaitable<void> {
    visitors.comes(1, 60);
    co_await settle();
    visitors.comes(2, 100);
    visitors.comes(3, 10);
    co_await settle();
    EXPECT_EQ(visitors.inside(), (Numbers{1}));
    visitors.leaves(1);
    co_await settle();
    EXPECT_EQ(visitors.inside(), (Numbers{2}));
    visitors.leaves(2);
    co_await settle();
    EXPECT_EQ(visitors.inside(), (Numbers{3}));
  };
  tell(staging, story);
}

TEST(Staging, one_that_is_cancelled_lets_the_next_in) {
  Staging staging(8, 100);
  auto story = [&](Visitors& visitors) -> awaitable<void> {
    visitors.comes(1, 60);
    co_await settle();
    auto& second = visitors.comes(2, 100);
    visitors.comes(3, 10);
    co_await settle();
    second.cancel = true;
    second.wake.set();
    co_await settle();
    EXPECT_EQ(visitors.refused, (Numbers{2}));
    EXPECT_EQ(visitors.inside(), (Numbers{1, 3}));
  };
  tell(staging, story);
}

TEST(Staging, what_an_earlier_life_fetched_counts) {
  Staging staging(8, 100);
  auto story = [&](Visitors& visitors) -> awaitable<void> {
    auto adopted = staging.adopt({9}, 150);
    visitors.comes(1, 1);
    co_await settle();
    EXPECT_EQ(visitors.inside(), Numbers{});
    adopted = {};
    co_await settle();
    EXPECT_EQ(visitors.inside(), (Numbers{1}));
  };
  tell(staging, story);
}

TEST(Staging, tells_what_is_still_to_come) {
  Staging staging(8, 100);
  EXPECT_TRUE(staging.can_hold(100));
  EXPECT_FALSE(staging.can_hold(101));
  auto story = [&](Visitors& visitors) -> awaitable<void> {
    visitors.comes(1, 60);
    visitors.comes(2, 30);
    co_await settle();
    EXPECT_EQ(staging.expected(), 90);
    visitors.place(1).arrived(20);
    EXPECT_EQ(staging.expected(), 70);
    EXPECT_EQ(staging.progress({1}), "fetching its input, 20 B of 60 B");
    visitors.has_it(1);
    EXPECT_EQ(staging.expected(), 30);
    EXPECT_EQ(staging.progress({1}), "");
  };
  tell(staging, story);
}

}  // namespace
}  // namespace orchestrator
