#include "store/intake.hpp"

#include <gmock/gmock.h>

#include "store_fixture.hpp"

namespace store {
namespace {

using domain::Existing;
using testing::ElementsAre;
using testing::IsEmpty;

class Intake : public StoreTest {
 protected:
  PipelineId qc = pipeline();
  /// A file that arrives, and whose run has hashed it.
  RunNo arrive(std::string const& key, std::int64_t second, unsigned char content) {
    intake(difference(key, version(second), {match(qc)}));
    remember_hash(db, source.id, key, version(second), hash(content));
    return {count("SELECT max(run_no) FROM run")};
  }
  /// A run of start() that wants another attempt is claimed for it.
  void try_again(RunNo run) {
    using domain::RunState;
    ASSERT_TRUE(commit([&] {
      return move_run(db, run, RunState::collecting, RunState::retry_wait, domain::Reason::exit_try_again, {},
                      at(3000));
    }));
    ASSERT_TRUE(commit([&] { return claim_run(db, run, at(3100)); }));
  }
};

TEST_F(Intake, a_file_older_than_the_baseline_is_existing_and_no_change) {
  auto const result = intake(difference("a.csv", version(999), {match(qc)}), at(1001));
  EXPECT_EQ(result.changes, 0);
  EXPECT_EQ(count("SELECT count(*) FROM change"), 0);
  EXPECT_EQ(count("SELECT seq FROM item"), 0);
}

TEST_F(Intake, existing_skip_leaves_files_from_before_the_pipeline_alone) {
  EXPECT_EQ(intake(difference("a.csv", version(499), {match(qc)})).runs, 0);
  EXPECT_EQ(decision(), "skip existing");
}

TEST_F(Intake, existing_skip_runs_a_file_that_changed_after_the_pipelines_file_was_seen) {
  EXPECT_EQ(intake(difference("a.csv", version(600), {match(qc)})).runs, 1);
}

TEST_F(Intake, existing_run_queues_it_with_its_trigger) {
  auto wanted = match(qc);
  wanted.existing = {Existing::Kind::run, {}};
  EXPECT_EQ(intake(difference("a.csv", version(10), {wanted})).runs, 1);
  EXPECT_EQ(text("SELECT trigger FROM run"), "existing");
  EXPECT_EQ(decision(), "run existing");
}

TEST_F(Intake, existing_since_asks_for_the_modification_time) {
  auto wanted = match(qc);
  wanted.existing = {Existing::Kind::since, at(100)};
  auto young = version(400);
  young.mtime_ns = 100'000'000'000;
  auto old = version(400);
  old.mtime_ns = 99'999'999'999;
  EXPECT_EQ(intake({difference("young", young, {wanted}), difference("old", old, {wanted})}).runs, 1);
  EXPECT_EQ(text("SELECT CAST(key AS TEXT) FROM run"), "young");
}

TEST_F(Intake, counts_what_was_decided_about_each_difference) {
  auto const decided = [](Decisions const& decisions) {
    std::string text;
    decisions.each([&text](Decided what, std::int64_t count) {
      if (count > 0) text += std::string(to_string(what)) + " " + std::to_string(count) + " ";
    });
    return text;
  };
  auto only_created = match(pipeline("other"));
  only_created.on_modified = false;
  auto const first = intake({difference("a", version(2000), {match(qc), only_created}),
                             difference("old", version(499), {match(qc)}), difference("unwanted", version(2000))});
  EXPECT_EQ(decided(first.decisions), "run 2 existing 1 not_matched 1 ");
  remember_hash(db, source.id, "a", version(2000), hash(1));
  auto const again = intake({difference("a", version(2000), {match(qc), only_created}),
                             difference("unwanted", version(2001)), difference("old", std::nullopt)});
  EXPECT_EQ(decided(again.decisions), "not_matched 1 removed 1 unchanged 1 ");
  auto const touched = intake(difference("a", version(2002), {match(qc), only_created}, hash(1)));
  EXPECT_EQ(decided(touched.decisions), "same_content 1 event_not_wanted 1 ");
  auto sum = first.decisions;
  sum += touched.decisions;
  EXPECT_EQ(sum.of(Decided::run), 2);
  EXPECT_EQ(sum.of(Decided::same_content), 1);
}

TEST_F(Intake, a_file_at_the_baseline_is_created) {
  auto const result = intake(difference("a.csv", version(1000), {match(qc)}));
  EXPECT_EQ(result.changes, 1);
  EXPECT_EQ(result.runs, 1);
  EXPECT_EQ(text("SELECT change || ' ' || key || ' ' || source FROM v1_changes"), "created a.csv file:///srv/data");
  EXPECT_EQ(text("SELECT state || ' ' || trigger FROM v1_runs"), "queued change");
  EXPECT_EQ(text("SELECT uri FROM v1_inputs"), "file:///srv/data/a.csv");
}

TEST_F(Intake, a_removed_file_that_is_back_is_created_whatever_its_ctime_says) {
  intake(difference("a.csv", version(2000), {match(qc)}));
  intake(difference("a.csv", std::nullopt));
  auto const result = intake(difference("a.csv", version(999), {match(qc)}));
  EXPECT_EQ(result.changes, 1);
  EXPECT_EQ(result.runs, 1);
}

TEST_F(Intake, a_file_that_no_pipeline_wants_gets_a_change_and_no_run) {
  auto const result = intake(difference("a.csv", version(2000)));
  EXPECT_EQ(result.changes, 1);
  EXPECT_EQ(result.runs, 0);
  EXPECT_EQ(text("SELECT reason FROM v1_items WHERE pipeline IS NULL"), "not_matched");
}

TEST_F(Intake, a_created_file_is_skipped_where_only_modified_is_wanted) {
  auto wanted = match(qc);
  wanted.on_created = false;
  EXPECT_EQ(intake(difference("a.csv", version(2000), {wanted})).runs, 0);
  EXPECT_EQ(decision(), "skip event_not_wanted");
}

TEST_F(Intake, a_modified_file_is_skipped_where_only_created_is_wanted) {
  auto wanted = match(qc);
  wanted.on_modified = false;
  intake(difference("a.csv", version(2000), {wanted}));
  EXPECT_EQ(intake(difference("a.csv", version(2001), {wanted})).runs, 0);
  EXPECT_EQ(decision(), "skip event_not_wanted");
}

TEST_F(Intake, a_doubled_hint_changes_nothing) {
  auto const same = difference("a.csv", version(2000), {match(qc)});
  EXPECT_EQ(intake({same, same}).runs, 1);
  auto const again = intake(same);
  EXPECT_EQ(again.changes, 0);
  EXPECT_EQ(again.runs, 0);
  EXPECT_EQ(count("SELECT count(*) FROM decision"), 1);
}

TEST_F(Intake, an_unchanged_file_that_was_missing_is_there_again) {
  intake(difference("a.csv", version(2000), {match(qc)}));
  commit([&] { mark_missing(db, source.id, {"a.csv"}, true); });
  EXPECT_TRUE(find_items(db, source.id, {"a.csv"})[0].missing);
  EXPECT_EQ(intake(difference("a.csv", version(2000), {match(qc)})).changes, 0);
  EXPECT_FALSE(find_items(db, source.id, {"a.csv"})[0].missing);
}

TEST_F(Intake, a_changed_file_gets_a_run_that_takes_the_waiting_ones_place) {
  intake({difference("a.csv", version(2000), {match(qc)}), difference("b.csv", version(2000), {match(qc)})});
  auto const result = intake(difference("a.csv", version(2001), {match(qc)}));
  EXPECT_EQ(result.runs, 1);
  EXPECT_THAT(result.stale, IsEmpty());
  EXPECT_EQ(state(1), "outdated input_changed");
  EXPECT_EQ(count("SELECT replaced_by FROM run WHERE run_no = 1"), 3);
  auto const next = startable_runs(db, at(3000), {}, 10);
  ASSERT_EQ(next.size(), 2);
  EXPECT_EQ(next[0].no, RunNo{3}) << "the successor is first, since its predecessor was";
  EXPECT_EQ(next[1].no, RunNo{2});
}

TEST_F(Intake, a_pulling_run_becomes_outdated_and_its_runner_is_told) {
  intake(difference("a.csv", version(2000), {match(qc)}));
  commit([&] { return claim_run(db, {1}, at(3000)); });
  auto const result = intake(difference("a.csv", version(2001), {match(qc)}));
  EXPECT_THAT(result.stale, ElementsAre(RunNo{1}));
  AttemptRow attempt;
  attempt.run = {1};
  EXPECT_FALSE(commit([&] { return open_attempt(db, attempt, at(3001)); })) << "no container for an outdated run";
  EXPECT_EQ(count("SELECT count(*) FROM attempt"), 0);
}

TEST_F(Intake, a_run_that_has_started_goes_on_beside_its_successor) {
  intake(difference("a.csv", version(2000), {match(qc)}));
  start({1});
  EXPECT_EQ(intake(difference("a.csv", version(2001), {match(qc)})).runs, 1);
  EXPECT_EQ(state(1), "collecting none");
  EXPECT_EQ(state(2), "queued none");
}

TEST_F(Intake, a_further_attempt_whose_file_changed_while_the_first_one_ran_gives_way) {
  intake(difference("a.csv", version(2000), {match(qc)}));
  start({1});
  intake(difference("a.csv", version(2600), {match(qc)}));
  try_again({1});
  EXPECT_TRUE(commit([&] { return resolve_changed_input(db, {1}, at(3200)); }));
  EXPECT_EQ(state(1), "outdated input_changed");
  EXPECT_EQ(count("SELECT replaced_by FROM run WHERE run_no = 1"), 2);
  EXPECT_EQ(state(2), "queued none");
}

TEST_F(Intake, a_change_that_the_journal_does_not_know_yet_is_waited_for) {
  intake(difference("a.csv", version(2000), {match(qc)}));
  ASSERT_TRUE(commit([&] { return claim_run(db, {1}, at(3000)); }));
  EXPECT_FALSE(commit([&] { return resolve_changed_input(db, {1}, at(3100)); }));
  EXPECT_EQ(state(1), "pulling none");
}

TEST_F(Intake, a_run_whose_file_changed_to_what_its_pipeline_does_not_want_is_skipped) {
  auto created_only = match(qc);
  created_only.on_modified = false;
  intake(difference("a.csv", version(2000), {created_only}));
  intake(difference("a.csv", version(2600), {created_only}));
  ASSERT_TRUE(commit([&] { return claim_run(db, {1}, at(3000)); }));
  EXPECT_TRUE(commit([&] { return resolve_changed_input(db, {1}, at(3200)); }));
  EXPECT_EQ(state(1), "skipped input_changed");
  EXPECT_NE(text("SELECT detail FROM run WHERE run_no = 1").find("event_not_wanted"), std::string::npos);
}

TEST_F(Intake, a_further_attempt_takes_the_new_fingerprint_of_the_same_content) {
  auto const run = arrive("a.csv", 2000, 1);
  start(run);
  commit([&] { set_input_hash(db, run, 0, version(2000), hash(1)); });
  intake(difference("a.csv", version(2600), {match(qc)}, hash(1)));
  try_again(run);
  EXPECT_TRUE(commit([&] { return resolve_changed_input(db, run, at(3200)); }));
  EXPECT_EQ(state(1), "queued none");
  EXPECT_EQ(count("SELECT mtime_ns FROM run_input"), version(2600).mtime_ns);
  ASSERT_TRUE(commit([&] { return claim_run(db, run, at(3300)); }));
  EXPECT_FALSE(commit([&] { return resolve_changed_input(db, run, at(3300)); })) << "it has the newest already";
}

TEST_F(Intake, the_claim_of_an_outdated_run_fails) {
  intake(difference("a.csv", version(2000), {match(qc)}));
  intake(difference("a.csv", version(2001), {match(qc)}));
  EXPECT_FALSE(commit([&] { return claim_run(db, {1}, at(3000)); }));
  EXPECT_TRUE(commit([&] { return claim_run(db, {2}, at(3000)); }));
  EXPECT_FALSE(commit([&] { return claim_run(db, {2}, at(3000)); })) << "claimed once";
}

TEST_F(Intake, another_pipelines_run_is_not_outdated) {
  auto const other = pipeline("other");
  intake(difference("a.csv", version(2000), {match(qc), match(other)}));
  intake(difference("a.csv", version(2001), {match(qc)}));
  EXPECT_EQ(state(1), "outdated input_changed");
  EXPECT_EQ(state(2), "queued none");
}

TEST_F(Intake, chmod_keeps_the_version_when_the_content_is_the_same) {
  arrive("a.csv", 2000, 1);
  auto changed = version(2000);
  changed.ctime_ns += 5;
  EXPECT_EQ(intake(difference("a.csv", changed, {match(qc)}, hash(1))).changes, 0);
  auto const row = find_items(db, source.id, {"a.csv"})[0];
  EXPECT_EQ(row.version, changed);
  EXPECT_EQ(row.hash, hash(1));
  EXPECT_EQ(load_run(db, {1})->inputs[0].version, changed) << "the waiting run expects the new fingerprint";
}

TEST_F(Intake, a_new_ctime_with_other_content_is_modified) {
  arrive("a.csv", 2000, 1);
  auto changed = version(2000);
  changed.ctime_ns += 5;
  EXPECT_EQ(intake(difference("a.csv", changed, {match(qc)}, hash(2))).runs, 1);
}

TEST_F(Intake, a_new_ctime_without_a_stored_hash_is_modified) {
  intake(difference("a.csv", version(2000), {match(qc)}));
  auto changed = version(2000);
  changed.ctime_ns += 5;
  EXPECT_EQ(intake(difference("a.csv", changed, {match(qc)}, hash(2))).runs, 1);
}

TEST_F(Intake, a_touch_of_a_handled_file_is_a_change_without_a_run_however_often) {
  succeed(arrive("a.csv", 2000, 1));
  for (int second = 2001; second < 2004; ++second) {
    auto const result = intake(difference("a.csv", version(second), {match(qc)}, hash(1)));
    EXPECT_EQ(result.changes, 1);
    EXPECT_EQ(result.runs, 0);
    EXPECT_EQ(decision(), "skip same_content");
  }
}

TEST_F(Intake, the_same_content_runs_where_the_pipeline_wants_that) {
  arrive("a.csv", 2000, 1);
  auto wanted = match(qc);
  wanted.skip_same_content = false;
  EXPECT_EQ(intake(difference("a.csv", version(2001), {wanted}, hash(1))).runs, 1);
}

TEST_F(Intake, the_same_content_runs_for_a_pipeline_that_has_not_handled_it) {
  arrive("a.csv", 2000, 1);
  EXPECT_EQ(intake(difference("a.csv", version(2001), {match(pipeline("new"))}, hash(1))).runs, 1);
}

TEST_F(Intake, the_same_content_as_a_skipped_existing_file_runs) {
  intake(difference("a.csv", version(400), {match(qc)}));
  remember_hash(db, source.id, "a.csv", version(400), hash(1));
  EXPECT_EQ(intake(difference("a.csv", version(2001), {match(qc)}, hash(1))).runs, 1);
}

TEST_F(Intake, a_removed_file_skips_what_waits_for_it_and_leaves_the_inventory) {
  arrive("a.csv", 2000, 1);
  intake(difference("b.csv", version(2000), {match(qc)}));
  commit([&] { return claim_run(db, {2}, at(3000)); });
  auto const result = intake({difference("a.csv", std::nullopt), difference("b.csv", std::nullopt)});
  EXPECT_EQ(result.changes, 2);
  EXPECT_EQ(state(1), "skipped input_gone");
  EXPECT_EQ(state(2), "skipped input_gone");
  EXPECT_THAT(result.stale, ElementsAre(RunNo{2}));
  EXPECT_EQ(count("SELECT count(*) FROM item"), 0);
  EXPECT_EQ(text("SELECT change FROM v1_changes ORDER BY seq DESC"), "removed");
}

TEST_F(Intake, the_absence_of_an_unknown_file_is_nothing) {
  EXPECT_EQ(intake(difference("a.csv", std::nullopt)).changes, 0);
}

TEST_F(Intake, a_hold_queues_for_later_with_its_reason) {
  auto slow = match(qc);
  slow.hold = std::chrono::seconds(10);
  intake(difference("a.csv", version(2000), {slow}), at(3000));
  EXPECT_EQ(state(1), "queued settling");
  EXPECT_THAT(startable_runs(db, at(3009), {}, 10), IsEmpty());
  EXPECT_EQ(next_due(db, at(3000)), at(3010));
  EXPECT_EQ(startable_runs(db, at(3010), {}, 10).size(), 1);
}

TEST_F(Intake, an_operation_that_fails_leaves_no_gap_in_any_number) {
  intake(difference("a.csv", version(2000), {match(qc)}));
  EXPECT_THROW(commit([&] {
                 (void)commit_differences(db, source.id, {difference("b.csv", version(2000), {match(qc)})}, at(3000));
                 throw std::runtime_error("later in the same operation");
               }),
               std::runtime_error);
  intake(difference("c.csv", version(2000), {match(qc)}));
  EXPECT_EQ(count("SELECT max(run_no) FROM run"), 2);
  EXPECT_EQ(count("SELECT count(*) FROM item"), 2);
}

TEST_F(Intake, names_keep_their_bytes_and_have_a_readable_form) {
  std::string const name("caf\xe9\n\x01 100%.csv", 15);
  intake(difference(name, version(2000), {match(qc)}));
  auto const run = load_run(db, {1});
  ASSERT_TRUE(run);
  EXPECT_EQ(run->inputs[0].key, name);
  EXPECT_EQ(run->inputs[0].uri, "file:///srv/data/caf%E9%0A%01%20100%25.csv");
  for (std::string const view : {"v1_changes", "v1_items", "v1_inputs"}) {
    EXPECT_EQ(text("SELECT key FROM " + view).find('\n'), std::string::npos) << view;
    EXPECT_EQ(text("SELECT hex(key_raw) FROM " + view),
              "636166E90A012031303025"
              "2E637376")
        << view;
  }
}

TEST_F(Intake, pages_of_the_inventory_go_in_byte_order_below_a_prefix) {
  std::vector<Difference> all;
  for (std::string const key : {"b/\xff", "b/\xff\xff", "b/1", "b0", "b/2", "a", "c"})
    all.push_back(difference(key, version(2000)));
  intake(all);
  std::vector<std::string> keys;
  for (std::string after;;) {
    auto const page = page_items(db, source.id, "b/", after, 2);
    if (page.empty()) break;
    for (auto const& row : page) keys.push_back(row.key);
    after = keys.back();
  }
  EXPECT_THAT(keys, ElementsAre("b/1", "b/2", "b/\xff", "b/\xff\xff"));
  EXPECT_EQ(page_items(db, source.id, "", "", 100).size(), 7);
  EXPECT_EQ(page_items(db, source.id, "b/\xff", "", 100).size(), 2);
}

}  // namespace
}  // namespace store
