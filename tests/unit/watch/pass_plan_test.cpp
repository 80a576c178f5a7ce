#include "watch/pass_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using domain::S3Shard;
using testing::ElementsAre;
using testing::IsEmpty;

core::Wall at(std::chrono::seconds since) {
  return core::Wall{} + since;
}

S3Shard shard(std::string lo, std::int64_t keys, std::int64_t visit, core::Wall started, std::int64_t calm = 0) {
  S3Shard one;
  one.lo = std::move(lo);
  one.keys = keys;
  one.visit = visit;
  one.visit_started = started;
  one.calm = calm;
  one.state = S3Shard::State::resting;
  return one;
}

std::vector<S3Shard> linked(std::vector<S3Shard> shards) {
  for (std::size_t i = 1; i < shards.size(); ++i) shards[i - 1].hi = shards[i].lo;
  return shards;
}

std::vector<std::string> due(std::vector<S3Shard> const& shards) {
  std::vector<std::string> los;
  for (auto const& one : shards)
    if (one.state == S3Shard::State::due) los.push_back(one.lo);
  return los;
}

watch::PassBudget budget(std::int64_t pages) {
  watch::PassBudget wanted;
  wanted.pages = pages;
  wanted.shard_keys = 50'000;
  return wanted;
}

TEST(PassPlan, the_first_pass_is_one_shard) {
  auto const shards = watch::plan_pass({}, budget(10), at(0s));
  ASSERT_EQ(shards.size(), 1U);
  EXPECT_EQ(shards[0].lo, "");
  EXPECT_FALSE(shards[0].hi);
  EXPECT_EQ(shards[0].state, S3Shard::State::due);
}

TEST(PassPlan, without_a_budget_and_within_it_all_are_due) {
  auto const shards = linked({shard("", 50'000, 1, at(0s)), shard("m", 50'000, 1, at(0s), 9)});
  EXPECT_THAT(due(watch::plan_pass(shards, budget(0), at(30s))), ElementsAre("", "m"));
  EXPECT_THAT(due(watch::plan_pass(shards, budget(102), at(30s))), ElementsAre("", "m"));
  auto const all = watch::plan_pass(shards, budget(0), at(30s));
  EXPECT_EQ(all[1].cursor, "m");
  EXPECT_EQ(all[0].hi, "m");
}

TEST(PassPlan, beyond_the_budget_shards_with_changes_come_first_and_the_others_take_turns) {
  auto shards = linked({shard("", 50'000, 7, at(0s), 7), shard("g", 50'000, 8, at(30s), 0),
                        shard("m", 50'000, 8, at(30s), 7), shard("t", 50'000, 5, at(-60s), 7)});
  EXPECT_THAT(due(watch::plan_pass(shards, budget(60), at(60s))), ElementsAre("g"));
  EXPECT_THAT(due(watch::plan_pass(shards, budget(110), at(60s))), ElementsAre("g", "t"));
  // Nobody starves: left alone long enough, a calm one outweighs one with changes.
  shards[1].visit_started = at(690s);
  EXPECT_THAT(due(watch::plan_pass(shards, budget(60), at(700s))), ElementsAre("t"));
  EXPECT_THAT(due(watch::plan_pass(shards, budget(1), at(700s))), ElementsAre("t")) << "one at least";
}

TEST(PassPlan, what_was_never_listed_or_not_for_long_is_due_whatever_it_costs) {
  auto const shards =
      linked({shard("", 50'000, 0, at(0s)), shard("g", 50'000, 8, at(-3600s), 7), shard("m", 50'000, 8, at(-10s), 0)});
  EXPECT_THAT(due(watch::plan_pass(shards, budget(1), at(0s))), ElementsAre("", "g"));
}

TEST(PassPlan, turns_reach_every_shard) {
  std::vector<S3Shard> shards;
  for (int i = 0; i < 20; ++i)
    shards.push_back(shard(std::string(1, static_cast<char>('a' + i)), 50'000, 1, at(0s), i));
  shards[0].lo = "";
  shards = linked(std::move(shards));
  auto wanted = budget(110);
  wanted.full_every = 1000h;
  for (int pass = 1; pass <= 100; ++pass) {
    shards = watch::plan_pass(std::move(shards), wanted, at(pass * 30s));
    EXPECT_EQ(due(shards).size(), 2U);
    for (auto& one : shards) {
      if (one.state != S3Shard::State::due) continue;
      one.visit = pass + 1;
      one.visit_started = at(pass * 30s);
      one.calm = one.lo == "d" ? 0 : one.calm + 1;  // changes come in one place only
    }
  }
  for (auto const& one : shards) EXPECT_GT(one.visit, 60) << one.lo;
}

TEST(PassPlan, small_neighbours_become_one_and_know_what_both_knew) {
  auto const shards =
      linked({shard("", 10'000, 4, at(10s), 3), shard("b", 20'000, 3, at(5s), 5), shard("c", 30'000, 5, at(20s), 1)});
  auto const planned = watch::plan_pass(shards, budget(0), at(30s));
  ASSERT_EQ(planned.size(), 2U);
  EXPECT_EQ(planned[0].hi, "c");
  EXPECT_EQ(planned[0].keys, 30'000);
  EXPECT_EQ(planned[0].visit, 3);
  EXPECT_EQ(planned[0].visit_started, at(5s));
  EXPECT_EQ(planned[0].calm, 3);
  EXPECT_FALSE(planned[1].hi);
}

TEST(PassPlan, undivided_is_everything) {
  auto const shards = linked({shard("", 50'000, 4, at(10s)), shard("b", 60'000, 0, at(0s))});
  auto const planned = watch::plan_undivided(shards);
  ASSERT_EQ(planned.size(), 1U);
  EXPECT_EQ(planned[0].keys, 110'000);
  EXPECT_EQ(planned[0].visit, 0);
  EXPECT_FALSE(planned[0].hi);
  EXPECT_EQ(watch::plan_undivided({}).size(), 1U);
}

}  // namespace
