#include "watch/s3_source.hpp"

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

class S3Source : public testing::Test, protected World {
 protected:
  void fill(int count) {
    for (int i = 0; i < count; ++i) bucket.objects["key" + std::to_string(1000 + i)] = object("e" + std::to_string(i));
  }
};

TEST_F(S3Source, finds_everything_in_pages_and_then_nothing) {
  fill(10);
  passes(1);
  expect_same();
  EXPECT_EQ(count(ChangeKind::created), 10);
  EXPECT_EQ(health.state, State::watching) << health.reason;
  EXPECT_EQ(health.items, 10);
  EXPECT_THAT(bucket.afters, ElementsAre("", "key1002", "key1005", "key1008"));
  EXPECT_THAT(bucket.tokens, ElementsAre("", "", "", ""));
  passes(3);
  EXPECT_EQ(ledger.items.changes.size(), 10U);
}

TEST_F(S3Source, S03_an_overwrite_is_a_change_and_so_is_a_touch) {
  fill(4);
  passes(1);
  bucket.objects["key1001"] = object("other");
  bucket.objects["key1002"].mtime_ns += 5'000'000'000;  // the same bytes, put again
  bucket.objects["key1003"] = object("e3-2");           // the same bytes in other parts
  passes(1);
  EXPECT_EQ(count(ChangeKind::modified), 3);
  expect_same();
}

TEST_F(S3Source, S02_an_object_older_than_the_last_pass_is_found) {
  fill(4);
  passes(3);
  bucket.objects["key1001a"] = object("late", 10, 1);
  bucket.objects["a"] = object("early by key", 10, 1);
  passes(1);
  EXPECT_EQ(count(ChangeKind::created), 6);
  expect_same();
}

TEST_F(S3Source, a_removal_needs_two_complete_passes_and_a_404) {
  fill(7);
  passes(1);
  bucket.objects.erase("key1000");
  bucket.objects.erase("key1006");
  passes(1);
  EXPECT_EQ(count(ChangeKind::removed), 0);
  EXPECT_THAT(bucket.heads, IsEmpty());
  EXPECT_EQ(health.missing, 2);
  passes(1);
  EXPECT_EQ(count(ChangeKind::removed), 2);
  EXPECT_THAT(bucket.heads, ElementsAre("key1000", "key1006"));
  EXPECT_EQ(health.missing, 0);
  expect_same();
}

TEST_F(S3Source, S09_half_of_the_keys_left_out_removes_nothing) {
  fill(9);
  passes(1);
  watch::ListedPage half = bucket.page("", "");
  half.truncated = false;
  for (int lie = 0; lie < 3; ++lie) {
    bucket.spoiled.emplace_back(half);
    passes(1);
    EXPECT_EQ(count(ChangeKind::removed), 0);
  }
  // Lied to twice in a row, it asked for each by itself, and they answered.
  EXPECT_FALSE(bucket.heads.empty());
  passes(1);
  EXPECT_EQ(ledger.items.changes.size(), 9U);
  expect_same();
}

TEST_F(S3Source, S08_S11_S13_a_page_that_breaks_the_rules_voids_the_pass) {
  fill(9);
  passes(1);
  bucket.objects.erase("key1000");  // marked by the pass before it is voided
  bucket.objects["key1008a"] = object("new");
  bucket.spoiled.emplace_back(std::nullopt);
  bucket.spoiled.emplace_back(error(Errc::protocol, "the keys do not ascend"));
  passes(1);
  EXPECT_TRUE(ledger.state.voided);
  EXPECT_EQ(ledger.state.complete, 1);
  EXPECT_EQ(health.state, State::degraded);
  EXPECT_THAT(health.reason, HasSubstr("broke the rules"));
  EXPECT_EQ(ledger.items.rows.at("key1000").missing, 0) << "what a void pass missed means nothing";
  EXPECT_EQ(count(ChangeKind::created), 10) << "what it found does";
  passes(1);
  EXPECT_EQ(count(ChangeKind::removed), 0) << "this is the first complete pass that missed it";
  EXPECT_EQ(health.state, State::watching);
  passes(1);
  EXPECT_EQ(count(ChangeKind::removed), 1);
  expect_same();
}

TEST_F(S3Source, S08_a_listing_that_goes_on_without_keys_is_not_followed_for_ever) {
  fill(2);
  settings.empty_pages = 5;
  watch::ListedPage empty;
  empty.truncated = true;
  empty.token = "behind ";
  for (int i = 0; i < 6; ++i) bucket.spoiled.emplace_back(empty);
  passes(1);
  EXPECT_TRUE(ledger.state.voided);
  expect_same();
}

TEST_F(S3Source, S13_a_server_that_ignores_start_after_is_listed_by_tokens) {
  bucket.ignores_start_after = true;
  settings.every = 1ms;
  fill(10);
  until([this] { return source->health().scans >= 1 && !ledger.state.voided && ledger.state.complete > 0; });
  EXPECT_EQ(health.state, State::watching) << health.reason;
  expect_same();
  // Killed in mid-pass: the cursor is of no use here, and that must not keep the next life from listing.
  bucket.objects["key1004a"] = object("new");
  ledger.die_after_commits = 0;
  until([this] { return source->health().scans >= 1; });
  bucket.objects["key1000a"] = object("new");
  until([this] { return ledger.state.complete > 1 && ledger.items.rows.contains("key1000a"); });
  expect_same();
}

TEST_F(S3Source, S18_a_bucket_that_may_not_be_read_is_offline_and_loses_nothing) {
  fill(9);
  passes(2);
  bucket.spoiled.emplace_back(std::nullopt);
  for (int i = 0; i < 4; ++i) bucket.spoiled.emplace_back(error(Errc::permission, "the token has expired"));
  std::string said;
  until([&] {
    if (source->health().state == State::offline) said = source->health().reason;
    return source->health().scans >= 1;
  });
  EXPECT_THAT(said, HasSubstr("the token has expired"));
  EXPECT_THAT(said, HasSubstr("what to do"));
  EXPECT_EQ(health.state, State::watching) << "it came back by itself";
  EXPECT_EQ(ledger.items.changes.size(), 9U);
  EXPECT_EQ(bucket.afters[bucket.afters.size() - 2], "key1002") << "it went on where it was";
  expect_same();
}

TEST_F(S3Source, S06_killed_at_every_commit_it_goes_on_without_loss_or_double) {
  fill(30);
  settings.commit_at = 2;
  for (int life = 0; life < 40 && ledger.state.complete == 0; ++life) {
    ledger.die_after_commits = life % 2;
    until([this] { return source->health().scans >= 1; });
  }
  EXPECT_EQ(ledger.state.complete, 1);
  EXPECT_EQ(count(ChangeKind::created), 30);
  EXPECT_EQ(ledger.items.changes.size(), 30U);
  EXPECT_THAT(bucket.tokens, Each("")) << "no token lives longer than its answer";
  expect_same();
}

TEST_F(S3Source, S06_killed_while_it_marks_and_removes) {
  fill(30);
  passes(1);
  for (int i = 0; i < 30; i += 2) bucket.objects.erase("key" + std::to_string(1000 + i));
  settings.commit_at = 2;
  for (int life = 0; life < 60; ++life) {
    ledger.die_after_commits = life % 3;
    until([this] { return source->health().scans >= 1; });
  }
  EXPECT_EQ(count(ChangeKind::removed), 15);
  expect_same();
}

TEST_F(S3Source, S07_keys_that_come_and_go_behind_and_before_the_cursor) {
  fill(12);
  passes(1);
  bucket.before_page = [this](std::string const& after) {
    if (after != "key1005") return;
    bucket.objects["key1000x"] = object("behind");
    bucket.objects["key1010x"] = object("before");
    bucket.objects.erase("key1001");
    bucket.objects.erase("key1011");
  };
  passes(1);
  EXPECT_FALSE(ledger.items.rows.contains("key1000x"));
  EXPECT_TRUE(ledger.items.rows.contains("key1010x"));
  bucket.before_page = nullptr;
  passes(3);
  EXPECT_EQ(count(ChangeKind::created), 14);
  EXPECT_EQ(count(ChangeKind::removed), 2);
  expect_same();
}

TEST_F(S3Source, S15_keys_go_by_bytes) {
  for (auto const* key : {"a", "a!", "a/", "a/b", "\xEE\x80\x80", "\xF0\x90\x80\x80"})
    bucket.objects[key] = object("e");
  passes(2);
  EXPECT_EQ(count(ChangeKind::created), 6);
  EXPECT_EQ(ledger.items.changes.size(), 6U);
  expect_same();
}

TEST_F(S3Source, S16_folder_markers_are_no_items) {
  bucket.objects["in/"] = object("empty", 0);
  bucket.objects["in/a"] = object("e");
  bucket.objects["in/below/"] = object("empty", 0);
  bucket.objects["in/full/"] = object("full", 5);  // odd, but data
  prefix = "in/";
  passes(2);
  EXPECT_THAT(ledger.items.keys(), ElementsAre("in/a", "in/full/"));
}

TEST_F(S3Source, S30_what_lies_outside_the_prefix_is_left_alone) {
  fill(3);
  bucket.objects["in/a"] = object("e");
  bucket.objects["inner"] = object("e");
  prefix = "in/";
  passes(2);
  EXPECT_THAT(ledger.items.keys(), ElementsAre("in/a"));
}

TEST_F(S3Source, a_mass_removal_is_held_until_it_is_confirmed) {
  settings.breaker_floor = 5;
  settings.breaker_hold = 1h;
  fill(40);
  passes(1);
  for (int i = 0; i < 20; ++i) bucket.objects.erase("key" + std::to_string(1000 + i));
  passes(3);
  EXPECT_EQ(count(ChangeKind::removed), 0);
  EXPECT_EQ(health.state, State::degraded);
  EXPECT_THAT(health.reason, HasSubstr("20 known objects are missing at once"));
  EXPECT_THAT(bucket.heads, IsEmpty());
  settings.breaker_hold = 0ms;
  passes(1);
  EXPECT_EQ(count(ChangeKind::removed), 20);
  expect_same();
}

TEST_F(S3Source, what_cannot_be_proven_now_waits_and_the_rest_of_the_budget_too) {
  settings.head_budget = 3;
  fill(8);
  passes(1);
  for (int i = 0; i < 5; ++i) bucket.objects.erase("key" + std::to_string(1000 + i));
  passes(1);
  bucket.head_error = error(Errc::unavailable, "no answer");
  passes(1);
  EXPECT_EQ(count(ChangeKind::removed), 0);
  EXPECT_THAT(health.reason, HasSubstr("no answer"));
  bucket.head_error.reset();
  passes(1);
  EXPECT_EQ(count(ChangeKind::removed), 3);
  EXPECT_EQ(health.missing, 2);
  passes(1);
  EXPECT_EQ(count(ChangeKind::removed), 5);
  expect_same();
}

TEST_F(S3Source, a_key_can_be_looked_at_between_two_passes) {
  fill(3);
  until([this, asked = false]() mutable {
    if (source->health().scans == 0) return false;
    if (!std::exchange(asked, true)) {
      bucket.objects["key1001"] = object("new");
      source->look_at("key1001");
      source->look_at("never there");
    }
    return count(ChangeKind::modified) == 1 && bucket.heads.size() == 2;
  });
  EXPECT_EQ(bucket.afters.size(), 1U) << "no listing was needed";
  expect_same();
}

TEST_F(S3Source, a_page_does_not_undo_a_newer_look) {
  fill(6);
  passes(1);
  // The page was made before the object changed; the look, asked for before the page is compared, sees the change.
  bucket.before_page = [this, done = false](std::string const& after) mutable {
    if (!after.empty() || std::exchange(done, true)) return;
    bucket.spoiled.emplace_back(bucket.page("", ""));
    bucket.objects["key1001"] = object("new");
    source->look_at("key1001");
  };
  until([this] { return source->health().scans >= 1 && count(ChangeKind::modified) >= 1; });
  passes(1);
  EXPECT_EQ(ledger.items.count("key1001"), 2) << "created and modified, not back and forth";
  expect_same();
}

TEST_F(S3Source, memory_is_bounded_when_very_many_are_missing) {
  fill(500);
  bucket.page_size = 1000;
  passes(1);
  bucket.objects.clear();
  settings.commit_at = 50;
  ledger.largest_page = 0;
  passes(1);
  EXPECT_LE(ledger.largest_page, 50U);
  EXPECT_EQ(health.missing, 500);
}

TEST_F(S3Source, asking_for_a_scan_makes_one_at_once) {
  fill(2);
  until([this, asked = false]() mutable {
    if (source->health().scans == 1 && !std::exchange(asked, true)) source->request_scan("somebody asked");
    return source->health().scans == 2;
  });
  EXPECT_THAT(health.reason, HasSubstr("somebody asked"));
}

TEST_F(S3Source, a_scan_that_is_asked_for_while_the_server_is_away_is_made_after_this_one) {
  fill(2);
  settings.retry_first = settings.retry_last = 1h;
  bucket.spoiled.emplace_back(error(Errc::unavailable, "no answer"));
  until([this, asked = false]() mutable {
    if (source->health().state == State::offline && !std::exchange(asked, true)) source->request_scan("somebody asked");
    return source->health().scans == 2;
  });
  expect_same();
}

TEST_F(S3Source, a_server_that_is_silent_shows_and_so_does_a_wait_for_the_budget) {
  fill(2);
  bucket.latency = 1000;
  settings.silence = 0ms;
  std::string said;
  until([&] {
    bucket.waiting = said.empty() ? 1 : 0;
    if (source->health().state == State::scanning && said.empty()) said = source->health().reason;
    return source->health().state == State::degraded;
  });
  EXPECT_THAT(said, HasSubstr("lists_per_minute"));
  EXPECT_THAT(health.reason, HasSubstr("has not answered"));
  bucket.latency = 0;
  passes(1);
  EXPECT_EQ(health.state, State::watching);
}

}  // namespace
