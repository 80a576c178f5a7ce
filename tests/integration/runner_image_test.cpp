#include "runner_world.hpp"

namespace orchestrator {
namespace {

// The numbers are those of the cases that were collected before the first line was written.

docker::Image image_of(std::string const& digit, std::string const& repository) {
  docker::Image image;
  image.id = "sha256:" + std::string(64, digit[0]);
  image.digest = repository + "@sha256:" + std::string(64, digit[0]);
  return image;
}

TEST_F(RunnerTest, case_31_waits_with_its_pipeline_for_an_image_that_is_not_there) {
  spec.image = "new:1";
  begin();
  auto const no = land("a.csv");
  until_state(no, "held");
  EXPECT_EQ(reason(no), "image_unavailable");
  EXPECT_EQ(text("SELECT hold_reason FROM pipeline"), "image_unavailable");
  engine.add_image("new:1", docker::Image(), true);
  clock.ahead = 1h;
  life->scheduler().wake();
  until_over(no);
  expect_published(no);
  EXPECT_EQ(attempts(no), 1);
  EXPECT_EQ(engine.calls(Call::pull_image), 2);
  EXPECT_EQ(count("SELECT count(*) FROM pipeline WHERE hold_until_ms IS NOT NULL OR hold_count > 0"), 0);
  expect_clean();
}

TEST_F(RunnerTest, case_31_runs_that_meet_the_same_fault_at_one_time_are_one_trial) {
  spec.image = "new:1";
  spec.max_running = 4;
  begin();
  config.min_free = INT64_MAX;
  until([&] { return !life->scheduler().obstacle().empty() || (life->scheduler().wake(), false); });
  std::vector<store::RunNo> runs;
  for (auto const* name : {"a.csv", "b.csv", "c.csv"}) runs.push_back(land(name));
  config.min_free = 0;
  life->scheduler().wake();
  for (auto const no : runs) until_state(no, "held");
  EXPECT_EQ(count("SELECT hold_count FROM pipeline"), 1);
  engine.add_image("new:1", docker::Image(), true);
  clock.ahead = 1h;
  life->scheduler().wake();
  for (auto const no : runs) until_over(no);
  EXPECT_EQ(count("SELECT count(*) FROM run WHERE state = 'succeeded' AND attempts = 1"), 3);
  EXPECT_EQ(text("SELECT reference || ' ' || (used_ms > 0) FROM pulled_image"), "new:1 1");
}

TEST_F(RunnerTest, case_32_pulls_an_image_once_more_that_went_away_before_its_container_was_made) {
  spec.image = "r.org/qc:1";
  engine.add_image("r.org/qc:1", image_of("a", "r.org/qc"));
  begin();
  engine.on_call(Call::create, [&] { engine.remove_image("r.org/qc:1", true); });
  auto const no = land("a.csv");
  until_over(no);
  expect_published(no);
  EXPECT_EQ(attempts(no), 1);
  EXPECT_EQ(engine.calls(Call::pull_image), 1);
  EXPECT_EQ(engine.calls(Call::create), 2);
  EXPECT_EQ(text("SELECT image_digest FROM run"), image_of("a", "r.org/qc").digest);
  expect_clean();
}

TEST_F(RunnerTest, case_32_holds_the_pipeline_where_it_cannot_be_pulled_again_and_that_costs_no_attempt) {
  spec.image = "r.org/qc:1";
  engine.add_image("r.org/qc:1", image_of("a", "r.org/qc"));
  begin();
  engine.on_call(Call::create, [&] { engine.remove_image("r.org/qc:1", false); });
  auto const no = land("a.csv");
  until_state(no, "held");
  EXPECT_EQ(reason(no), "image_unavailable");
  EXPECT_NE(detail(no).find("went away before its container was made; r.org/qc@sha256:aa"), std::string::npos)
      << detail(no);
  EXPECT_EQ(attempts(no), 0);
  EXPECT_EQ(count("SELECT count(*) FROM attempt"), 0);
  engine.add_image("r.org/qc:1", image_of("b", "r.org/qc"), true);
  clock.ahead = 1h;
  life->scheduler().wake();
  until_over(no);
  expect_published(no);
  EXPECT_EQ(attempts(no), 1);
  EXPECT_EQ(text("SELECT image_digest FROM run"), image_of("b", "r.org/qc").digest);
  expect_clean();
}

TEST_F(RunnerTest, case_32_pulls_nothing_where_the_policy_is_never) {
  spec.image = "r.org/qc:1";
  spec.pull_policy = domain::PullPolicy::never;
  engine.add_image("r.org/qc:1", image_of("a", "r.org/qc"));
  begin();
  engine.on_call(Call::create, [&] { engine.remove_image("r.org/qc:1", true); });
  auto const no = land("a.csv");
  until_state(no, "held");
  EXPECT_EQ(engine.calls(Call::pull_image), 0);
  EXPECT_EQ(attempts(no), 0);
}

TEST_F(RunnerTest, case_33_records_what_the_tag_meant_when_the_run_started) {
  spec.image = "r.org/qc:1";
  engine.add_image("r.org/qc:1", image_of("a", "r.org/qc"));
  begin();
  config.min_free = INT64_MAX;
  until([&] { return !life->scheduler().obstacle().empty() || (life->scheduler().wake(), false); });
  auto const no = land("a.csv");
  engine.add_image("r.org/qc:1", image_of("b", "r.org/qc"));  // moved while the run is queued
  config.min_free = 0;
  life->scheduler().wake();
  until_over(no);
  EXPECT_EQ(text("SELECT image || ' ' || image_id || ' ' || image_digest FROM run"),
            "r.org/qc:1 " + image_of("b", "r.org/qc").id + " " + image_of("b", "r.org/qc").digest);
  EXPECT_NE(text("SELECT create_body FROM attempt").find(image_of("b", "r.org/qc").digest), std::string::npos);
}

TEST_F(RunnerTest, case_33_a_further_attempt_keeps_the_image_of_the_first) {
  spec.image = "r.org/qc:1";
  engine.add_image("r.org/qc:1", image_of("a", "r.org/qc"));
  spec.retries.backoff = 1h;
  begin();
  engine.on_start([](FakeEngine& world, FakeContainer& container) { world.exit(container, 75); });
  auto const no = land("a.csv");
  until_state(no, "retry_wait");
  engine.add_image("r.org/qc@old", image_of("a", "r.org/qc"));  // still there, under its digest
  engine.add_image("r.org/qc:1", image_of("b", "r.org/qc"));
  engine.on_start(good_script());
  clock.ahead = 2h;
  life->scheduler().wake();
  until_over(no);
  expect_published(no);
  EXPECT_EQ(attempts(no), 2);
  EXPECT_EQ(text("SELECT image_digest FROM run"), image_of("a", "r.org/qc").digest);
}

TEST_F(RunnerTest, case_33_a_further_attempt_takes_what_the_tag_means_where_the_first_image_is_gone) {
  spec.image = "r.org/qc:1";
  spec.retries.backoff = 1h;
  engine.add_image("r.org/qc:1", image_of("a", "r.org/qc"));
  begin();
  engine.on_start([](FakeEngine& world, FakeContainer& container) { world.exit(container, 75); });
  auto const no = land("a.csv");
  until_state(no, "retry_wait");
  engine.add_image("r.org/qc:1", image_of("b", "r.org/qc"));
  engine.on_start(good_script());
  clock.ahead = 2h;
  life->scheduler().wake();
  until_over(no);
  expect_published(no);
  EXPECT_EQ(text("SELECT image_digest FROM run"), image_of("b", "r.org/qc").digest);
}

TEST_F(RunnerTest, case_35_a_run_that_is_cancelled_while_its_image_is_pulled_ends_at_once) {
  spec.image = "slow:1";
  engine.add_image("slow:1", docker::Image(), true);
  begin();
  engine.set_pulls_stand(true);
  auto const first = land("a.csv");
  auto const second = land("b.csv");
  until_state(first, "pulling");
  until_state(second, "pulling");
  // Each looked for the image, and the pull did: both wait for it.
  until([&] { return engine.calls(Call::pull_image) == 1 && engine.calls(Call::inspect_image) == 3; });
  cancel(first);
  until_state(first, "cancelled");
  EXPECT_EQ(attempts(first), 0);
  EXPECT_EQ(state(second), "pulling");
  engine.set_pulls_stand(false);
  until_over(second);
  EXPECT_EQ(state(second), "succeeded");
  EXPECT_EQ(engine.calls(Call::pull_image), 1);
}

}  // namespace
}  // namespace orchestrator
