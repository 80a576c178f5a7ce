#include <gmock/gmock.h>

#include "store_fixture.hpp"

namespace store {
namespace {

using domain::Existing;
using testing::ElementsAre;

/// An inventory that was there before the pipeline: three existing files and one change of at(2500).
class Registration : public StoreTest {
 protected:
  Registration() {
    for (std::string const key : {"a.csv", "b.csv", "c.txt"}) intake(difference(key, version(400)), at(1001));
    intake(difference("d.csv", version(2400)), at(2500));
  }
  RegisterPage page(Match const& wanted, std::string const& after = {}, std::size_t limit = 100) {
    auto const csv = [](std::string const& key) { return key.ends_with(".csv"); };
    return commit([&] { return register_existing(db, source.id, wanted, csv, after, limit, at(3000)); });
  }
  Match later(std::int64_t first_seen) {
    auto wanted = match(qc);
    wanted.first_seen = at(first_seen);
    return wanted;
  }
  PipelineId qc = pipeline();
};

TEST_F(Registration, skip_leaves_all_that_was_there) {
  auto const result = page(later(2600));
  EXPECT_EQ(result.matched, 3);
  EXPECT_EQ(result.queued, 0);
  EXPECT_EQ(result.last, "d.csv");
  EXPECT_EQ(count("SELECT count(*) FROM decision WHERE reason = 'existing'"), 3);
}

TEST_F(Registration, a_change_since_the_file_was_first_seen_runs_in_any_case) {
  EXPECT_EQ(page(later(2500)).queued, 1);
  EXPECT_EQ(text("SELECT input_key || ' ' || trigger FROM (SELECT CAST(key AS TEXT) AS input_key, trigger FROM run)"),
            "d.csv change");
}

TEST_F(Registration, run_queues_all_that_matches) {
  auto wanted = later(2600);
  wanted.existing = {Existing::Kind::run, {}};
  EXPECT_EQ(page(wanted).queued, 3);
  EXPECT_EQ(count("SELECT count(*) FROM run WHERE trigger = 'existing'"), 3);
}

TEST_F(Registration, since_asks_for_the_modification_time) {
  auto wanted = later(2600);
  wanted.existing = {Existing::Kind::since, at(2000)};
  EXPECT_EQ(page(wanted).queued, 1);
}

TEST_F(Registration, unwanted_events_are_skipped) {
  auto wanted = later(2000);
  wanted.on_created = false;
  EXPECT_EQ(page(wanted).queued, 0);
  EXPECT_EQ(count("SELECT count(*) FROM decision WHERE reason = 'event_not_wanted'"), 1);
}

TEST_F(Registration, goes_page_by_page_to_the_end) {
  auto wanted = later(2600);
  wanted.existing = {Existing::Kind::run, {}};
  std::vector<std::string> ends;
  std::int64_t queued = 0;
  for (std::string after;;) {
    auto const result = page(wanted, after, 2);
    queued += result.queued;
    if (!result.last) break;
    ends.push_back(*result.last);
    after = *result.last;
  }
  EXPECT_THAT(ends, ElementsAre("b.csv", "d.csv"));
  EXPECT_EQ(queued, 3);
}

TEST_F(Registration, a_second_time_decides_nothing_again) {
  auto wanted = later(2600);
  page(wanted);
  wanted.existing = {Existing::Kind::run, {}};
  EXPECT_EQ(page(wanted).queued, 0) << "a new revision re-runs nothing by itself";
}

TEST_F(Registration, a_version_that_intake_has_decided_stays_decided) {
  intake(difference("e.csv", version(2700), {match(qc)}), at(2700));
  EXPECT_EQ(page(later(600)).queued, 1) << "d.csv alone";
}

}  // namespace
}  // namespace store
