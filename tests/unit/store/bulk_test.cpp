#include "store/bulk.hpp"

#include <gmock/gmock.h>

#include "unit/store/store_fixture.hpp"

namespace store {
namespace {

using domain::Reason;
using domain::RunState;
using domain::Trigger;
using testing::ElementsAre;
using testing::IsEmpty;

class Bulk : public StoreTest {
 protected:
  void fail(RunNo no) {
    start(no);
    auto end = good_end();
    end.outcome = RunState::failed;
    end.reason = Reason::exit_nonzero;
    commit([&] { publish(db, no, load_run(db, no)->attempts, end, RunState::failed, {}, {}, {}, at(5000)); });
  }
  RepeatPage page(std::string const& q = "", std::int64_t after = 0, std::size_t limit = 100) {
    RunSearch search;
    search.query = domain::parse_run_query(q, at(9000)).value();
    search.oldest_first = true;
    search.after = RunNo{after};
    search.limit = limit;
    return find_repeatable(db, search);
  }
  std::vector<std::int64_t> found(std::string const& q = "") {
    std::vector<std::int64_t> numbers;
    for (auto const& run : page(q).runs) numbers.push_back(run.no.value);
    return numbers;
  }
  std::optional<RunRef> repeat(std::int64_t no, Trigger how = Trigger::retry) {
    return commit([&] { return repeat_run(db, {no}, how, at(6000)); });
  }
  BackfillSearch everything() {
    BackfillSearch search;
    search.source = source.id;
    search.pipeline = qc;
    search.accepts = [](std::string const& key) { return key.ends_with(".csv"); };
    return search;
  }
  std::vector<std::string> unhandled(BackfillSearch const& search) {
    std::vector<std::string> keys;
    for (auto const& item : find_unhandled(db, search).items) keys.push_back(item.key);
    return keys;
  }
  std::size_t make(std::vector<std::string> const& keys) {
    std::vector<RunNo> stale;
    auto const made = commit([&] { return store::backfill(db, source.id, qc, keys, stale, at(7000)); });
    return static_cast<std::size_t>(std::ranges::count_if(made, [](auto const& run) { return run.has_value(); }));
  }

  PipelineId qc = pipeline();
};

TEST_F(Bulk, finds_ended_runs_oldest_first_and_page_by_page) {
  for (auto const* key : {"a.csv", "b.csv", "c.csv"}) intake(difference(key, version(2000), {match(qc)}));
  fail({1});
  fail({2});
  auto first = page("", 0, 1);
  ASSERT_EQ(first.runs.size(), 1);
  EXPECT_EQ(first.runs[0].no.value, 1);
  ASSERT_TRUE(first.next);
  auto const rest = page("", first.next->value);
  ASSERT_EQ(rest.runs.size(), 1);
  EXPECT_EQ(rest.runs[0].no.value, 2);
  EXPECT_EQ(rest.left_out.at(LeftOut::not_ended), 1);
  EXPECT_FALSE(rest.next);
}

TEST_F(Bulk, repeats_a_run_once_and_its_repetition_when_that_has_failed_too) {
  intake(difference("a.csv", version(2000), {match(qc)}));
  fail({1});
  ASSERT_TRUE(repeat(1));
  EXPECT_FALSE(repeat(1)) << "run 2 repeats it";
  EXPECT_THAT(found(), IsEmpty());
  fail({2});
  EXPECT_THAT(found(), ElementsAre(2));
  EXPECT_THAT(found("state:succeeded"), IsEmpty());
}

TEST_F(Bulk, takes_the_latest_of_several_repetitions_of_one_run) {
  intake(difference("a.csv", version(2000), {match(qc)}));
  fail({1});
  for (std::int64_t const no : {2, 3}) {  // one after the other, as a person asks for them
    commit([&] { return insert_run(db, repetition_of(*load_run(db, {1}), Trigger::rerun), at(6000)); });
    fail({no});
  }
  EXPECT_EQ(left_out(db, {2}), LeftOut::repeated_already);
  EXPECT_THAT(found(), ElementsAre(3));
  EXPECT_FALSE(repeat(2));
}

TEST_F(Bulk, leaves_out_a_run_whose_data_has_moved_on) {
  intake(difference("a.csv", version(2000), {match(qc)}));
  fail({1});
  intake(difference("a.csv", version(2001), {match(qc)}));
  EXPECT_EQ(left_out(db, {1}), LeftOut::newer_data);
  EXPECT_EQ(left_out(db, {2}), LeftOut::not_ended);
}

TEST_F(Bulk, a_retry_keeps_the_revision_and_a_rerun_takes_the_current_one) {
  intake(difference("a.csv", version(2000), {match(qc)}));
  fail({1});
  pipeline("qc", {}, "v2");
  auto const retried = repeat(1);
  ASSERT_TRUE(retried);
  EXPECT_EQ(load_run(db, retried->no)->revision, load_run(db, {1})->revision);
  fail(retried->no);
  auto const rerun = repeat(retried->no.value, Trigger::rerun);
  ASSERT_TRUE(rerun);
  EXPECT_FALSE(load_run(db, rerun->no)->revision) << "it binds when it starts";
  EXPECT_EQ(load_run(db, rerun->no)->seq, load_run(db, {1})->seq);
}

TEST_F(Bulk, backfills_what_was_there_before_the_pipeline_once) {
  intake({difference("old.csv", version(400), {match(qc)}), difference("old.txt", version(400), {match(qc)}),
          difference("new.csv", version(2000), {match(qc)})});
  EXPECT_EQ(decision(), "run none");
  EXPECT_THAT(unhandled(everything()), ElementsAre("old.csv"));
  EXPECT_EQ(find_unhandled(db, everything()).handled, 1);
  EXPECT_EQ(make({"old.csv"}), 1);
  EXPECT_EQ(text("SELECT trigger || ' ' || state || ' ' || seq FROM run WHERE run_no = 2"), "backfill queued 0");
  EXPECT_EQ(text("SELECT decision || ' ' || run_no FROM decision WHERE key = CAST('old.csv' AS BLOB)"), "run 2");
  EXPECT_THAT(unhandled(everything()), IsEmpty());
  EXPECT_EQ(make({"old.csv"}), 0) << "a second one finds it handled";
}

TEST_F(Bulk, backfills_by_the_time_of_the_data_and_in_pages) {
  intake({difference("a.csv", version(100), {match(qc)}), difference("b.csv", version(200), {match(qc)}),
          difference("c.csv", version(300), {match(qc)})});
  auto search = everything();
  search.since = at(200);
  EXPECT_THAT(unhandled(search), ElementsAre("b.csv", "c.csv"));
  search.most = 1;
  auto const page = find_unhandled(db, search);
  ASSERT_EQ(page.items.size(), 1);
  EXPECT_EQ(page.next, "b.csv");
  search.after = *page.next;
  EXPECT_THAT(unhandled(search), ElementsAre("c.csv"));
}

TEST_F(Bulk, a_backfilled_run_gives_way_to_a_newer_version) {
  intake(difference("old.csv", version(400), {match(qc)}));
  EXPECT_EQ(make({"old.csv"}), 1);
  intake(difference("old.csv", version(2000), {match(qc)}));
  EXPECT_EQ(state(1), "outdated input_changed");
  EXPECT_EQ(state(2), "queued none");
}

TEST_F(Bulk, a_request_goes_on_where_it_was) {
  OnceOnly once;
  once.caller = "uid 0";
  once.key = "k";
  once.request = core::sha256("one");
  EXPECT_FALSE(find_bulk(db, once, at(1)).value());
  commit([&] { keep_bulk(db, once, {"200-900", "{}", false}, at(1)); });
  auto const known = find_bulk(db, once, at(2)).value();
  ASSERT_TRUE(known);
  EXPECT_EQ(known->position, "200-900");
  EXPECT_FALSE(known->done);
  auto other = once;
  other.request = core::sha256("two");
  EXPECT_EQ(find_bulk(db, other, at(2)).error().code, core::Errc::invalid);
}

}  // namespace
}  // namespace store
