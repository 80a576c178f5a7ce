#include "watch/scan_planner.hpp"

#include <gtest/gtest.h>

#include "watch/subtree_queue.hpp"

namespace {

using namespace std::chrono_literals;
using watch::ScanPlanner;
using watch::SubtreeQueue;

struct Planned {
  ScanPlanner planner{watch::LocalSettings{}};
  core::Steady now{100h};

  void scan(ScanPlanner::End end = {}, std::chrono::milliseconds took = 1s) {
    planner.started(planner.next(), now);
    now += took;
    planner.ended(end, now, 0);
  }
  std::chrono::milliseconds wait() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(planner.next().due - now);
  }
};

TEST(ScanPlanner, compares_once_an_hour) {
  Planned planned;
  planned.planner.request("the start", planned.now);
  EXPECT_EQ(planned.wait(), 0s);
  planned.scan();
  EXPECT_EQ(planned.wait(), 1h);
  EXPECT_FALSE(planned.planner.next().may_remove);
}

TEST(ScanPlanner, waits_for_a_second_of_quiet_after_an_overflow_but_not_for_ever) {
  Planned planned;
  planned.scan();
  auto const first = planned.now;
  for (int i = 0; i < 30; ++i) {
    planned.planner.overflow(planned.now);
    EXPECT_EQ(planned.planner.next().due, std::min(planned.now + 1s, first + 10s));
    planned.now += 500ms;
  }
}

TEST(ScanPlanner, keeps_a_distance_between_scans_that_overflows_made) {
  Planned planned;
  planned.planner.overflow(planned.now);
  planned.now += 1s;
  planned.scan({}, 60s);
  planned.planner.overflow(planned.now);
  EXPECT_EQ(planned.wait(), 120s);
}

TEST(ScanPlanner, scans_again_when_events_were_lost_during_a_scan) {
  Planned planned;
  planned.planner.request("the start", planned.now);
  planned.planner.started(planned.planner.next(), planned.now);
  planned.planner.overflow(planned.now + 1s);
  planned.now += 2s;
  planned.planner.ended({}, planned.now, 0);
  EXPECT_LE(planned.wait(), 1s);
}

TEST(ScanPlanner, retries_a_scan_with_errors_in_growing_steps) {
  Planned planned;
  for (auto const expected : {5s, 10s, 20s, 40s, 80s, 160s, 300s, 300s}) {
    planned.scan({.errors = 3});
    EXPECT_EQ(planned.wait(), expected);
    planned.now = planned.planner.next().due;
  }
  planned.scan();
  EXPECT_EQ(planned.wait(), 1h);
}

TEST(ScanPlanner, proves_an_absence_a_second_time) {
  Planned planned;
  planned.scan({.unconfirmed = 2});
  EXPECT_EQ(planned.wait(), 2s);
  EXPECT_TRUE(planned.planner.next().may_remove);
  EXPECT_FALSE(planned.planner.next().mass_confirmed);
  planned.now += 2s;
  planned.scan();
  EXPECT_FALSE(planned.planner.next().may_remove);
}

TEST(ScanPlanner, holds_a_mass_removal_for_a_minute_whatever_else_is_scanned) {
  Planned planned;
  planned.scan({.unconfirmed = 5000, .mass = true});
  auto const due = planned.now + 60s;
  for (int i = 0; i < 10; ++i) {
    planned.now += 5s;
    planned.planner.request("somebody asks", planned.now);
    EXPECT_FALSE(planned.planner.next().may_remove);
    planned.scan({.unconfirmed = 5000, .mass = true}, 0s);
  }
  EXPECT_EQ(planned.planner.next().due, due);
  EXPECT_TRUE(planned.planner.next().mass_confirmed);
}

TEST(ScanPlanner, polls_while_folders_are_unwatched) {
  Planned planned;
  planned.scan({.unwatched = 5}, 1s);
  EXPECT_EQ(planned.wait(), 10s);
  planned.scan({.unwatched = 5}, 20s);
  EXPECT_EQ(planned.wait(), 40s);
}

TEST(SubtreeQueue, takes_a_directory_in_place_of_all_below_it) {
  SubtreeQueue queue;
  for (auto const* prefix : {"a/b/", "a/c/d/", "ab/", "a/", "a/b/x/", "b/"}) EXPECT_TRUE(queue.add(prefix));
  std::vector<std::string> taken;
  while (auto const task = queue.take(core::Steady{1s})) taken.push_back(task->prefix);
  EXPECT_EQ(taken, (std::vector<std::string>{"a/", "ab/", "b/"}));
}

TEST(SubtreeQueue, gives_a_proof_when_it_is_due) {
  SubtreeQueue queue;
  EXPECT_TRUE(queue.confirm({"a/", true, false}, core::Steady{10s}));
  EXPECT_FALSE(queue.take(core::Steady{9s}));
  EXPECT_EQ(queue.next_due(), core::Steady{10s});
  auto const task = queue.take(core::Steady{10s});
  ASSERT_TRUE(task);
  EXPECT_TRUE(task->may_remove);
}

}  // namespace
