#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/watch/scripted_bucket.hpp"

namespace {

using namespace scripted;
using core::Errc;
using State = watch::SourceHealth::State;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string key(int number) {
  return "key" + std::to_string(1000 + number);
}

class S3Shards : public testing::Test, protected World {
 protected:
  S3Shards() {
    settings.shard_keys = 10;
    bucket.page_size = 3;
  }
  void fill(int count) {
    for (int i = 0; i < count; ++i) bucket.objects[key(i)] = object("e" + std::to_string(i));
  }
  [[nodiscard]] std::vector<std::string> los() const {
    std::vector<std::string> all;
    for (auto const& shard : ledger.state.shards) all.push_back(shard.lo);
    return all;
  }
};

TEST_F(S3Shards, a_pass_cuts_the_keys_into_shards_for_the_next_one) {
  fill(40);
  passes(1);
  EXPECT_THAT(los(), ElementsAre("", key(9), key(19), key(29)));
  EXPECT_EQ(ledger.state.complete_listed, 40);
  bucket.afters.clear();
  bucket.latency = 5;
  bucket.most_under_way = 0;
  passes(1);
  EXPECT_EQ(bucket.most_under_way, 4) << "side by side";
  EXPECT_EQ(ledger.items.changes.size(), 40U);
  EXPECT_EQ(health.shards, 4);
  // Each shard stops at its end: a page beyond it at most.
  EXPECT_LE(bucket.afters.size(), 20U);
  expect_same();
}

TEST_F(S3Shards, S28_changes_at_the_edges_of_shards) {
  fill(40);
  passes(1);
  bucket.objects.erase(key(9));                // the edge itself
  bucket.objects[key(9) + "a"] = object("n");  // right behind it
  bucket.objects[key(19)] = object("other");
  bucket.objects["a"] = object("first");
  bucket.objects["z"] = object("last");
  passes(3);
  EXPECT_EQ(count(ChangeKind::removed), 1);
  EXPECT_EQ(count(ChangeKind::modified), 1);
  EXPECT_EQ(count(ChangeKind::created), 43);
  expect_same();
}

TEST_F(S3Shards, S28_a_shard_that_becomes_empty_is_removed_and_joined) {
  fill(40);
  passes(1);
  for (int i = 10; i < 30; ++i) bucket.objects.erase(key(i));
  passes(3);
  EXPECT_EQ(count(ChangeKind::removed), 20);
  EXPECT_LT(ledger.state.shards.size(), 4U);
  expect_same();
}

TEST_F(S3Shards, S28_a_hot_prefix_is_split_where_it_grows) {
  fill(40);
  passes(2);
  for (int i = 0; i < 40; ++i) bucket.objects[key(15) + "-" + std::to_string(100 + i)] = object("h");
  passes(2);
  EXPECT_GE(ledger.state.shards.size(), 7U);
  EXPECT_EQ(count(ChangeKind::created), 80);
  for (auto const& shard : ledger.state.shards) EXPECT_LE(shard.keys, 15) << shard.lo;
  expect_same();
}

TEST_F(S3Shards, S06_killed_at_every_commit_all_shards_go_on_where_they_were) {
  fill(60);
  passes(1);
  for (int i = 0; i < 60; i += 4) bucket.objects.erase(key(i));
  for (int i = 1; i < 60; i += 4) bucket.objects[key(i)] = object("other");
  for (int i = 2; i < 60; i += 4) bucket.objects[key(i) + "+"] = object("new");
  bucket.latency = 2;
  for (int life = 0; life < 200 && count(ChangeKind::removed) < 15; ++life) {
    ledger.die_after_commits = life % 3;
    until([this] { return source->health().scans >= 1; });
  }
  EXPECT_EQ(count(ChangeKind::removed), 15);
  EXPECT_EQ(count(ChangeKind::modified), 15);
  EXPECT_EQ(count(ChangeKind::created), 75);
  expect_same();
}

TEST_F(S3Shards, S12_fewer_requests_at_a_time_when_the_server_asks_for_it) {
  fill(300);
  passes(1);
  bucket.latency = 3;
  settings.first_parallel = 8;
  settings.most_parallel = 8;
  passes(1);
  EXPECT_EQ(bucket.most_under_way, 8);
  int late = 0;
  bucket.before_page = [&](std::string const&) {
    ++bucket.slow_downs;  // it never stops asking
    if (bucket.afters.size() % 100 > 50) late = std::max(late, bucket.under_way);
  };
  bucket.afters.clear();
  passes(1);
  EXPECT_LE(late, 1);
  expect_same();
}

TEST_F(S3Shards, a_lie_in_one_shard_voids_the_pass_and_one_error_stops_none_of_the_others_for_good) {
  fill(40);
  passes(1);
  bucket.objects.erase(key(5));
  bucket.spoiled.emplace_back(std::nullopt);
  bucket.spoiled.emplace_back(error(Errc::protocol, "the keys do not ascend"));
  passes(1);
  EXPECT_TRUE(ledger.state.voided);
  EXPECT_EQ(ledger.items.rows.at(key(5)).missing, 0);
  EXPECT_THAT(bucket.tokens, Each("")) << "one bad page is no reason to give up start-after";
  passes(1);
  EXPECT_EQ(ledger.items.rows.at(key(5)).missing, 3);
  bucket.spoiled.emplace_back(error(Errc::unavailable, "gone away"));
  passes(1);
  EXPECT_EQ(count(ChangeKind::removed), 1);
  expect_same();
}

TEST_F(S3Shards, S13_a_listing_without_order_is_compared_by_what_was_seen) {
  bucket.unsorted = true;
  settings.every = 1ms;
  fill(40);
  until([this] { return ledger.state.complete > 0; });
  expect_same();
  bucket.objects.erase(key(7));
  bucket.objects[key(8)] = object("other");
  bucket.objects["a"] = object("new");
  until([this] { return count(ChangeKind::removed) == 1 && count(ChangeKind::modified) == 1; });
  EXPECT_EQ(count(ChangeKind::created), 41);
  EXPECT_EQ(ledger.items.changes.size(), 43U);
  expect_same();
}

TEST_F(S3Shards, S08_a_listing_without_order_that_goes_round_in_circles_is_not_believed) {
  bucket.unsorted = true;
  settings.every = 1ms;
  fill(9);
  until([this] { return ledger.state.complete > 0; });
  auto const changes = ledger.items.changes.size();
  bucket.circles = true;
  until([this] { return source->health().state == State::degraded && bucket.tokens.size() > 30; });
  EXPECT_THAT(health.reason, HasSubstr("not believed"));
  EXPECT_EQ(ledger.items.changes.size(), changes);
  bucket.circles = false;
  auto const complete = ledger.state.complete;
  until([&] { return ledger.state.complete > complete; });
  expect_same();
}

TEST_F(S3Shards, S05_a_tail_finds_what_comes_at_the_end_without_a_pass_and_the_pass_finds_the_rest) {
  settings.append = true;
  settings.every = 1ms;
  settings.full_every = 1h;
  settings.tail = 5;
  fill(40);
  until([this] { return source->health().scans >= 1; });
  until([this, lists = std::size_t{0}]() mutable {
    if (source->health().scans == 0) return false;
    if (lists == 0) {
      lists = bucket.afters.size();
      bucket.objects[key(40)] = object("new");            // behind the last one
      bucket.objects[key(36) + "-late"] = object("new");  // late, but within the window
      bucket.objects[key(3) + "-late"] = object("new");   // too late for the window
      bucket.objects.erase(key(38));
    }
    return ledger.items.rows.contains(key(40)) && ledger.items.rows.contains(key(36) + "-late");
  });
  EXPECT_FALSE(ledger.items.rows.contains(key(3) + "-late"));
  EXPECT_EQ(ledger.items.rows.at(key(38)).missing, 0) << "the tail says nothing about what is not there";
  settings.append = false;
  passes(2);
  EXPECT_EQ(count(ChangeKind::removed), 1);
  expect_same();
}

TEST_F(S3Shards, a_pass_and_the_tail_do_not_undo_each_other) {
  settings.append = true;
  settings.every = 1ms;
  settings.full_every = 1ms;  // passes and looks at the end at the same time
  settings.tail = 5;
  bucket.latency = 3;
  fill(40);
  int rewrites = 0;
  until([this, &rewrites, turns = 0]() mutable {
    if (++turns % 40 == 0 && rewrites < 50) bucket.objects[key(39)] = object("v" + std::to_string(++rewrites));
    return rewrites == 50 && ledger.items.rows.contains(key(39)) && ledger.items.rows.at(key(39)).version.etag == "v50";
  });
  std::vector<int> seen;
  for (auto const& change : ledger.items.changes)
    if (change.key == key(39) && change.version.etag.starts_with('v'))
      seen.push_back(std::stoi(change.version.etag.substr(1)));
  EXPECT_TRUE(std::ranges::is_sorted(seen)) << "never back to an older version";
  EXPECT_EQ(std::ranges::adjacent_find(seen), seen.end());
}

TEST_F(S3Shards, S31_beyond_the_budget_some_shards_rest_and_nothing_in_them_is_removed) {
  fill(40);
  passes(1);
  settings.every = 1min;
  settings.lists_per_minute = 2;  // of 40 pages that it thinks a pass takes
  bucket.objects.erase(key(15));
  bucket.afters.clear();
  passes(1);
  EXPECT_GT(health.rested, 0);
  EXPECT_LT(bucket.afters.size(), 14U);
  settings.lists_per_minute = 0;
  passes(2);
  EXPECT_EQ(count(ChangeKind::removed), 1);
  expect_same();
}

TEST_F(S3Shards, S29_only_what_a_glob_can_match_is_listed) {
  for (int place = 0; place < 10; ++place)
    for (int year = 2017; year <= 2026; ++year)
      for (int file = 0; file < 6; ++file)
        bucket.objects["in/data/" + std::to_string(place) + "/" + std::to_string(year) + "/" + std::to_string(file) +
                       ".csv"] = object("e");
  prefix = "in/";
  settings.files = {"data/*/2026/*.csv"};
  settings.shard_keys = 50;
  passes(1);
  EXPECT_LE(bucket.afters.size(), 45U)
      << "of 201 pages; three hold what is wanted of each place, one finds the next place";
  auto const wanted = [](auto const& entry) { return entry.first.find("/2026/") != std::string::npos; };
  EXPECT_EQ(std::ranges::count_if(ledger.items.rows, wanted), 60);
  EXPECT_LE(ledger.items.rows.size(), 100U);
  bucket.objects.erase("in/data/5/2026/3.csv");
  bucket.objects["in/data/5/2026/9.csv"] = object("new");
  passes(2);
  EXPECT_EQ(count(ChangeKind::removed), 1);
  EXPECT_TRUE(ledger.items.rows.contains("in/data/5/2026/9.csv"));
  // A pipeline that wants all of it: what was left out comes in, and nothing of what is known is taken for removed.
  settings.files = {"**"};
  passes(3);
  EXPECT_EQ(count(ChangeKind::removed), 1);
  expect_same();
  // And back: what is not looked at any more is not removed.
  settings.files = {"data/*/2026/*.csv"};
  passes(3);
  EXPECT_EQ(count(ChangeKind::removed), 1);
  expect_same();
}

}  // namespace
