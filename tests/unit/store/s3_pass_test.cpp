#include "store/s3_pass.hpp"

#include <gtest/gtest.h>

#include "unit/store/store_fixture.hpp"

namespace store {
namespace {

using domain::Trigger;

class S3Store : public StoreTest {
 protected:
  SourceRow bucket = ensure_source(db, "acme:s3://lab-data/in/", at(1000), at(1000));

  static domain::Version object(std::string etag, std::int64_t second = 2000, std::int64_t size = 10) {
    domain::Version version;
    version.size = size;
    version.mtime_ns = second * 1'000'000'000;
    version.etag = std::move(etag);
    return version;
  }
  IntakeResult see(Difference one, core::Wall now = at(3000)) {
    return commit([&] { return commit_differences(db, bucket.id, {std::move(one)}, now); });
  }
  static domain::S3Shard due(std::string lo = {}) {
    domain::S3Shard shard;
    shard.lo = shard.cursor = std::move(lo);
    return shard;
  }
  std::int64_t begin(std::vector<domain::S3Shard> const& shards = {due()}, std::string const& scope = "**") {
    return commit([&] { return begin_pass(db, bucket.id, shards, scope, at(3000)).number; });
  }
  std::int64_t next_pass() {
    auto shards = load_pass(db, bucket.id).shards;
    for (auto& shard : shards) shard.state = domain::S3Shard::State::due;
    return begin(shards);
  }
  void finish(std::int64_t pass, std::string shard = {}, bool calm = false) {
    PassPage last;
    last.pass = pass;
    last.shard = std::move(shard);
    last.end = true;
    last.calm = calm;
    page(last);
  }
  std::optional<IntakeResult> page(PassPage page) {
    return commit([&] { return commit_page(db, bucket.id, page, at(3000)); });
  }
  void end(std::int64_t pass) {
    commit([&] { end_pass(db, bucket.id, pass, at(4000)); });
  }
  void complete_one() {
    auto const pass = begin();
    finish(pass);
    end(pass);
  }
  std::int64_t missing(std::string const& key) { return find_items(db, bucket.id, {key}).at(0).missing; }
};

TEST_F(S3Store, a_bucket_is_a_source_of_its_own_kind) {
  EXPECT_EQ(text("SELECT kind || ' ' || uri FROM source WHERE source_id = " + std::to_string(bucket.id.value)),
            "s3 s3://lab-data/in/");
  EXPECT_EQ(ensure_source(db, "acme:s3://lab-data/in/", at(9000), at(9000)).id, bucket.id);
  EXPECT_NE(ensure_source(db, "other:s3://lab-data/in/", at(9000), at(9000)).id, bucket.id);
}

TEST_F(S3Store, S26_the_same_key_in_two_sources_is_two_items) {
  auto const other = ensure_source(db, "acme:s3://lab-data/", at(1000), at(1000));
  auto const qc = pipeline();
  see(difference("in/a", object("e1"), {match(qc)}));
  commit([&] { return commit_differences(db, other.id, {difference("in/a", object("e1"), {match(qc)})}, at(3000)); });
  EXPECT_EQ(count("SELECT count(*) FROM run"), 2);
  EXPECT_EQ(count("SELECT count(DISTINCT place) FROM run"), 2);
}

TEST_F(S3Store, a_run_knows_the_object_by_its_uri_and_etag) {
  auto const qc = pipeline();
  see(difference("in/a b+\xC3\xA9%.csv", object("e1"), {match(qc)}));
  auto const run = load_run(db, {1}).value();
  ASSERT_EQ(run.inputs.size(), 1U);
  EXPECT_EQ(run.inputs[0].root, "acme:s3://lab-data/in/");
  EXPECT_EQ(run.inputs[0].uri, "s3://lab-data/in/a%20b%2B%C3%A9%25.csv");
  EXPECT_EQ(run.inputs[0].version, object("e1"));
  EXPECT_EQ(text("SELECT version FROM v1_inputs"), "e1");
  EXPECT_EQ(text("SELECT version FROM v1_items"), "e1");
  EXPECT_EQ(text("SELECT version FROM v1_changes"), "e1");
}

TEST_F(S3Store, the_version_id_that_a_download_told_is_the_version) {
  auto const qc = pipeline();
  see(difference("in/a", object("e1"), {match(qc)}));
  auto version = object("e1");
  version.version_id = "v7";
  commit([&] {
    set_input_hash(db, {1}, 0, version, hash(1));
    remember_hash(db, bucket.id, "in/a", version, hash(1));
  });
  EXPECT_EQ(text("SELECT version FROM v1_inputs"), "v7");
  EXPECT_EQ(text("SELECT version FROM v1_items"), "v7");
  EXPECT_EQ(find_items(db, bucket.id, {"in/a"}).at(0).hash, hash(1));
  // A listing, which tells no version id, finds the same.
  EXPECT_EQ(see(difference("in/a", object("e1"))).changes, 0);
}

TEST_F(S3Store, only_the_first_pass_asks_how_old_an_object_is) {
  auto skips = match(pipeline());
  skips.first_seen = at(1000);
  see(difference("old", object("e1", 900), {skips}));
  EXPECT_EQ(decision(), "skip existing");
  see(difference("new", object("e2", 1000), {skips}));
  EXPECT_EQ(count("SELECT count(*) FROM run WHERE trigger = 'change'"), 1);
  complete_one();
  see(difference("late", object("e3", 5), {skips}));  // a multipart upload is as old as its beginning
  EXPECT_EQ(count("SELECT count(*) FROM run WHERE trigger = 'change'"), 2);
}

TEST_F(S3Store, an_object_of_the_second_in_which_the_pipeline_came_is_new) {
  auto skips = match(pipeline());
  skips.first_seen = core::from_ms(1'000'900);
  auto const young = ensure_source(db, "acme:s3://young/", core::from_ms(1'000'900), at(1000));
  commit([&] { return commit_differences(db, young.id, {difference("a", object("e", 1000), {skips})}, at(3000)); });
  EXPECT_EQ(count("SELECT count(*) FROM run"), 1) << "LastModified is in whole seconds";
}

TEST_F(S3Store, S03_the_same_etag_put_again_makes_no_run) {
  auto const qc = pipeline();
  see(difference("a", object("e1", 2000), {match(qc)}));
  succeed({1});
  auto const again = see(difference("a", object("e1", 2500), {match(qc)}));
  EXPECT_EQ(again.changes, 1);
  EXPECT_EQ(again.runs, 0);
  EXPECT_EQ(decision(), "skip same_content");
  EXPECT_EQ(see(difference("a", object("e2", 2600), {match(qc)})).runs, 1);
}

TEST_F(S3Store, S03_the_same_etag_put_again_runs_where_that_is_wanted) {
  auto wants = match(pipeline());
  wants.skip_same_content = false;
  see(difference("a", object("e1", 2000), {wants}));
  EXPECT_EQ(see(difference("a", object("e1", 2500), {wants})).runs, 1);
}

TEST_F(S3Store, what_was_hashed_holds_for_the_same_etag) {
  see(difference("a", object("e1", 2000), {match(pipeline())}));
  commit([&] { remember_hash(db, bucket.id, "a", object("e1", 2000), hash(3)); });
  see(difference("a", object("e1", 2500)));
  EXPECT_EQ(find_items(db, bucket.id, {"a"}).at(0).hash, hash(3));
  see(difference("a", object("e2", 2500)));
  EXPECT_FALSE(find_items(db, bucket.id, {"a"}).at(0).hash);
}

TEST_F(S3Store, an_object_without_an_etag_never_counts_as_the_same_content) {
  auto const qc = pipeline();
  auto const bare = [&](std::int64_t second) { return object(std::string(domain::unknown_etag), second); };
  see(difference("a", bare(2000), {match(qc)}));
  EXPECT_EQ(see(difference("a", bare(2500), {match(qc)})).runs, 1);
}

TEST_F(S3Store, a_page_and_its_cursor_are_durable_together) {
  auto const pass = begin();
  PassPage page;
  page.pass = pass;
  page.fresh.push_back(difference("a", object("e1"), {match(pipeline())}));
  page.cursor = std::string("a\xFF\0z", 4);
  page.listed = 1;
  EXPECT_EQ(this->page(page)->runs, 1);
  auto const state = load_pass(db, bucket.id);
  EXPECT_TRUE(state.open);
  ASSERT_EQ(state.shards.size(), 1U);
  EXPECT_EQ(state.shards[0].cursor, page.cursor);
  EXPECT_EQ(state.listed(), 1);
  // One that belongs to another pass writes nothing.
  page.pass = pass + 1;
  page.cursor = "z";
  EXPECT_FALSE(this->page(page));
  EXPECT_EQ(load_pass(db, bucket.id).shards[0].cursor.size(), 4U);
}

TEST_F(S3Store, a_missing_row_is_marked_with_the_pass_that_missed_it_first) {
  see(difference("a", object("e1")));
  see(difference("b", object("e1")));
  PassPage page;
  page.end = true;
  page.missing = {"a", "b"};
  page.pass = begin();
  this->page(page);
  end(page.pass);
  EXPECT_EQ(count_missing(db, bucket.id, page.pass).twice, 0) << "missed once is missed, not gone";
  EXPECT_EQ(count_missing(db, bucket.id, page.pass).all, 2);
  page.pass = begin();
  page.missing = {"a"};
  page.found_again = {"b"};
  this->page(page);
  end(page.pass);
  EXPECT_EQ(missing("a"), 1);
  EXPECT_EQ(missing("b"), 0);
  EXPECT_EQ(missed_before(db, bucket.id, page.pass, 10), std::vector<std::string>{"a"});
  EXPECT_EQ(count_missing(db, bucket.id, page.pass).twice, 1);
  see(difference("a", object("e1")));  // a HEAD says that it is there
  EXPECT_EQ(missing("a"), 0);
}

TEST_F(S3Store, a_void_pass_takes_back_its_own_marks_and_makes_no_more) {
  for (auto const* key : {"a", "b", "c"}) see(difference(key, object("e1")));
  PassPage page;
  page.pass = begin();
  page.missing = {"a"};
  this->page(page);
  finish(page.pass);
  end(page.pass);
  page.pass = next_pass();
  page.missing = {"b"};
  this->page(page);
  commit([&] { void_pass(db, bucket.id, page.pass); });
  page.missing = {"c"};
  this->page(page);
  finish(page.pass);
  end(page.pass);
  EXPECT_EQ(missing("a"), 1) << "an earlier pass's mark stays";
  EXPECT_EQ(missing("b"), 0);
  EXPECT_EQ(missing("c"), 0);
  auto const state = load_pass(db, bucket.id);
  EXPECT_FALSE(state.open);
  EXPECT_EQ(state.complete, 1);
  EXPECT_EQ(state.shards[0].visit, 1) << "a void pass has seen nothing";
  EXPECT_EQ(begin(), 3);
  EXPECT_FALSE(load_pass(db, bucket.id).voided);
}

TEST_F(S3Store, S28_a_shard_is_cut_and_its_pieces_follow_each_other) {
  PassPage page;
  page.pass = begin();
  page.listed = 120;
  page.end = true;
  page.splits = {"g", "p"};
  page.split_keys = 50;
  this->page(page);
  end(page.pass);
  auto const state = load_pass(db, bucket.id);
  ASSERT_EQ(state.shards.size(), 3U);
  EXPECT_EQ(state.shards[0].hi, "g");
  EXPECT_EQ(state.shards[1].lo, "g");
  EXPECT_EQ(state.shards[1].hi, "p");
  EXPECT_FALSE(state.shards[2].hi);
  EXPECT_EQ(state.shards[1].keys, 50);
  EXPECT_EQ(state.shards[2].keys, 20);
  EXPECT_EQ(state.shards[2].visit, page.pass);
  EXPECT_EQ(state.complete_listed, 120);
}

TEST_F(S3Store, only_a_shard_that_was_listed_again_can_have_missed_a_row_twice) {
  for (auto const* key : {"a", "x"}) see(difference(key, object("e1")));
  PassPage page;
  page.pass = begin({due(), due("m")});
  page.end = true;
  page.missing = {"a"};
  this->page(page);
  page.shard = "m";
  page.missing = {"x"};
  this->page(page);
  end(page.pass);
  auto shards = load_pass(db, bucket.id).shards;
  shards[0].state = domain::S3Shard::State::resting;
  shards[1].state = domain::S3Shard::State::due;
  auto const second = begin(shards);
  finish(second, "m", true);
  end(second);
  EXPECT_EQ(missed_before(db, bucket.id, second, 10), std::vector<std::string>{"x"});
  auto const missing = count_missing(db, bucket.id, second);
  EXPECT_EQ(missing.twice, 1);
  EXPECT_EQ(missing.all, 2);
  auto const state = load_pass(db, bucket.id);
  EXPECT_EQ(state.complete, second) << "all shards are known, one of them from before";
  EXPECT_EQ(state.shards[1].calm, 1);
}

TEST_F(S3Store, with_another_scope_the_source_is_as_young_as_that) {
  auto skips = match(pipeline());
  skips.first_seen = at(5000);
  complete_one();
  auto const pass = begin({due()}, "**/*.csv");
  EXPECT_FALSE(has_complete_pass(db, bucket.id));
  see(difference("left out until now", object("e1", 2000), {skips}));
  EXPECT_EQ(decision(), "skip existing");
  finish(pass);
  end(pass);
  EXPECT_TRUE(has_complete_pass(db, bucket.id));
  see(difference("new", object("e1", 2000), {skips}));
  EXPECT_EQ(count("SELECT count(*) FROM run"), 1);
}

TEST_F(S3Store, S13_what_a_listing_without_order_did_not_name_is_unseen) {
  for (auto const* key : {"a", "b", "c", "d"}) see(difference(key, object("e1")));
  auto const pass = begin();
  EXPECT_EQ(commit([&] { return remember_seen(db, bucket.id, {"c", "a", "z"}); }), 3);
  EXPECT_EQ(commit([&] { return remember_seen(db, bucket.id, {"a", "y"}); }), 1);
  EXPECT_EQ(unseen(db, bucket.id, "", 1), std::vector<std::string>{"b"});
  EXPECT_EQ(unseen(db, bucket.id, "b", 10), std::vector<std::string>{"d"});
  end(pass);
  EXPECT_EQ(count("SELECT count(*) FROM s3_seen"), 0);
}

TEST_F(S3Store, the_key_with_so_many_others_behind_it) {
  for (auto const* key : {"a", "b", "c", "d"}) see(difference(key, object("e1")));
  EXPECT_EQ(key_from_end(db, bucket.id, 0), "d");
  EXPECT_EQ(key_from_end(db, bucket.id, 2), "b");
  EXPECT_EQ(key_from_end(db, bucket.id, 4), "");
}

TEST_F(S3Store, missing_rows_are_found_by_their_index) {
  std::string steps;
  db.each(
      "EXPLAIN QUERY PLAN SELECT key FROM item WHERE source_id = 1 AND missing > 0 AND missing < 5 ORDER BY missing,"
      " key LIMIT 10",
      [&steps](sql::Row const& row) { steps += row.text(3) + "\n"; });
  EXPECT_NE(steps.find("item_missing"), std::string::npos) << steps;
  EXPECT_EQ(steps.find("TEMP B-TREE"), std::string::npos) << steps;
}

}  // namespace
}  // namespace store
