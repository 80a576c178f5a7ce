#include "runner_world.hpp"

#include "core/sha256.hpp"
#include "orchestrator/container_plan.hpp"

namespace orchestrator {
namespace {

TEST_F(RunnerTest, runs_a_file_and_publishes_its_result) {
  begin();
  auto const no = land("a.csv");
  until_over(no);
  expect_published(no);
  EXPECT_EQ(attempts(no), 1);
  EXPECT_EQ(log_of(no, 1), "2026-11-22T10:00:00.000000000Z stdout F hello\n");
  EXPECT_EQ(text("SELECT lower(hex(sha256)) FROM run_input"), core::sha256_hex("1,2,3\n"));
  EXPECT_EQ(
      text("SELECT step || ' ' || outcome || ' ' || exit_code || ' ' || max_rss_bytes || ' ' || cpu_ms FROM attempt"),
      "removed succeeded 0 1048576 3");
  expect_clean();
}

TEST_F(RunnerTest, tells_every_state_in_the_feed) {
  begin();
  auto const no = land("a.csv");
  until_over(no);
  EXPECT_EQ(text("SELECT group_concat(state, ' ') FROM (SELECT state FROM feed ORDER BY seq)"),
            "queued pulling starting running collecting succeeded");
}

TEST_F(RunnerTest, hands_over_many_files_each_once) {
  begin();
  std::vector<store::RunNo> runs;
  for (int i = 0; i < 20; ++i) runs.push_back(land("file-" + std::to_string(i)));
  until([&] {
    return count("SELECT count(*) FROM run WHERE state = 'succeeded'") == 20 && life->scheduler().active() == 0;
  });
  EXPECT_EQ(engine.starts().size(), 20U);
  for (auto const no : runs) EXPECT_EQ(attempts(no), 1);
  expect_clean();
}

TEST_F(RunnerTest, lets_as_many_run_as_the_pipeline_allows_however_few_may_start_at_once) {
  config.starts = 1;
  spec.max_running = 3;
  engine.on_start(long_script());
  begin();
  for (int i = 0; i < 4; ++i) land("file-" + std::to_string(i));
  until([&] { return count("SELECT count(*) FROM run WHERE state = 'running'") == 3; });
  EXPECT_EQ(engine.containers().size(), 3U);
  EXPECT_EQ(state(store::RunNo{4}), "queued");
  auto& first = *engine.containers().begin()->second;
  leave_results(engine, first);
  engine.exit(first, 0);
  until_state(store::RunNo{4}, "running");
  for (auto const& [id, container] : engine.containers()) {
    if (!container->running()) continue;
    leave_results(engine, *container);
    engine.exit(*container, 0);
  }
  until([&] {
    return count("SELECT count(*) FROM run WHERE state = 'succeeded'") == 4 && life->scheduler().active() == 0;
  });
  expect_clean();
}

TEST_F(RunnerTest, puts_an_open_out_folder_where_the_user_is_not_root) {
  docker::Image image;
  image.user = "1000";
  engine.add_image("qc:1", std::move(image));
  engine.on_start(long_script());
  begin();
  auto const no = land("a.csv");
  until_state(no, "running");
  EXPECT_EQ(only_container().put.count("/"), 1U);
  leave_results(engine, only_container());
  engine.exit(only_container(), 0);
  until_over(no);
  expect_published(no);
}

TEST_F(RunnerTest, follows_the_log_while_it_is_written) {
  engine.on_start(long_script());
  begin();
  auto const no = land("a.csv");
  until_state(no, "running");
  engine.write_log(only_container(), docker::Stream::standard_output, "one\n");
  until([&] { return log_of(no, 1).find("one\n") != std::string::npos; });
  engine.write_log(only_container(), docker::Stream::standard_error, "two");
  until([&] { return log_of(no, 1).find("stderr P two\n") != std::string::npos; });
  leave_results(engine, only_container());
  engine.exit(only_container(), 0);
  until_over(no);
  EXPECT_EQ(log_of(no, 1),
            "2026-11-22T10:00:00.000000000Z stdout F one\n2026-11-22T10:00:00.000000000Z stderr P two\n"
            "2026-11-22T10:00:00.000000000Z stdout F hello\n");
}

TEST_F(RunnerTest, tries_again_as_often_as_the_pipeline_says) {
  engine.on_start([](FakeEngine& world, FakeContainer& container) { world.exit(container, 75); });
  begin();
  auto const no = land("a.csv");
  until_over(no);
  EXPECT_EQ(state(no), "failed");
  EXPECT_EQ(reason(no), "exit_try_again");
  EXPECT_EQ(attempts(no), 3);
  EXPECT_EQ(engine.starts().size(), 3U);
  expect_clean();
}

TEST_F(RunnerTest, publishes_the_outputs_of_the_attempt_that_succeeded) {
  int calls = 0;
  engine.on_start([&calls](FakeEngine& world, FakeContainer& container) {
    if (++calls == 1) {
      container.out["outputs.json"] = R"({"n": 1})";
      container.out["half.html"] = "half";
      return world.exit(container, 75);
    }
    good_script()(world, container);
  });
  begin();
  auto const no = land("a.csv");
  until_over(no);
  EXPECT_EQ(state(no), "succeeded");
  EXPECT_EQ(attempts(no), 2);
  EXPECT_EQ(text("SELECT group_concat(name || '=' || value) FROM run_output"), "n=12");
  EXPECT_EQ(
      text("SELECT group_concat(name || ' ' || attempt, ', ') FROM (SELECT * FROM v1_artifacts ORDER BY attempt)"),
      "half.html 1, report.html 2");
  expect_clean();
}

TEST_F(RunnerTest, fails_a_run_whose_outputs_break_the_declaration_and_keeps_its_artifacts) {
  engine.on_start([](FakeEngine& world, FakeContainer& container) {
    container.out["outputs.json"] = R"({"n": "twelve"})";
    container.out["report.html"] = "<p>odd</p>";
    world.exit(container, 0);
  });
  begin();
  auto const no = land("a.csv");
  until_over(no);
  EXPECT_EQ(state(no), "failed");
  EXPECT_EQ(reason(no), "bad_outputs");
  EXPECT_NE(detail(no).find("'n' should be int"), std::string::npos) << detail(no);
  EXPECT_EQ(count("SELECT count(*) FROM run_output"), 0);
  EXPECT_EQ(file("SELECT path FROM artifact"), "<p>odd</p>");
  expect_clean();
}

TEST_F(RunnerTest, runs_a_manual_run_without_input) {
  begin();
  auto op = [this](sql::Connection& db) {
    store::NewRun run;
    run.pipeline = pipeline;
    return store::insert_run(db, run, clock.wall()).no;
  };
  auto const no = write(std::move(op));
  life->scheduler().wake();
  until_over(no);
  expect_published(no);
  expect_clean();
}

TEST_F(RunnerTest, skips_a_file_that_is_gone_before_it_starts) {
  begin();
  config.min_free = INT64_MAX;  // nothing starts until the file is gone
  until([&] { return !life->scheduler().obstacle().empty() || (life->scheduler().wake(), false); });
  auto const no = land("a.csv");
  std::filesystem::remove(dir / "source" / "a.csv");
  config.min_free = 0;
  life->scheduler().wake();
  until_over(no);
  EXPECT_EQ(state(no), "skipped");
  EXPECT_EQ(reason(no), "input_gone");
  EXPECT_TRUE(engine.starts().empty());
  expect_clean();
}

TEST_F(RunnerTest, holds_a_run_whose_file_changed_until_its_successor_takes_its_place) {
  begin();
  config.min_free = INT64_MAX;
  until([&] { return !life->scheduler().obstacle().empty() || (life->scheduler().wake(), false); });
  auto const old_run = land("a.csv");
  std::ofstream(dir / "source" / "a.csv") << "other content\n";
  config.min_free = 0;
  life->scheduler().wake();
  until_state(old_run, "held");
  EXPECT_EQ(reason(old_run), "input_changed");
  EXPECT_TRUE(engine.starts().empty());
  auto const new_run = tell("a.csv");
  ASSERT_NE(old_run.value, new_run.value);
  until_over(new_run);
  EXPECT_EQ(state(old_run), "outdated");
  expect_published(new_run);
  expect_clean();
}

TEST_F(RunnerTest, gives_both_results_where_the_file_changes_while_it_runs) {
  engine.on_start(long_script());
  begin();
  auto const first = land("a.csv");
  until_state(first, "running");
  engine.on_start(good_script());
  auto const second = land("a.csv", "newer\n");
  until([&] { return ended(second) && engine.containers().size() == 1; });
  leave_results(engine, only_container());
  engine.exit(only_container(), 0);
  until_over(first);
  expect_published(first);
  expect_published(second);
  EXPECT_EQ(text("SELECT group_concat(run_no) FROM v1_p_qc"), std::to_string(second.value));
  EXPECT_EQ(count("SELECT input_drifted FROM run WHERE run_no = " + std::to_string(first.value)), 1);
  expect_clean();
}

TEST_F(RunnerTest, does_not_start_what_became_outdated_while_its_image_was_pulled) {
  engine.add_image("qc:1", docker::Image(), true);
  begin();
  auto const old_run = land("a.csv");
  until_state(old_run, "pulling");
  auto const new_run = land("a.csv", "newer\n");
  until_over(new_run);
  until([&] { return life->scheduler().active() == 0; });
  EXPECT_EQ(state(old_run), "outdated");
  expect_published(new_run);
  EXPECT_EQ(engine.starts().size(), 1U);
  expect_clean();
}

}  // namespace
}  // namespace orchestrator
