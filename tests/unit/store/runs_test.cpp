#include "store/runs.hpp"

#include <gmock/gmock.h>

#include "store/plain_attempts.hpp"
#include "store/read_models.hpp"
#include "store_fixture.hpp"

namespace store {
namespace {

using domain::Reason;
using domain::RunState;
using domain::Step;
using testing::ElementsAre;
using testing::IsEmpty;

class Runs : public StoreTest {
 protected:
  PipelineId qc = pipeline();
  RunNo queued(std::string const& key = "a.csv") {
    intake(difference(key, version(2000), {match(qc)}));
    return {count("SELECT max(run_no) FROM run")};
  }
  std::vector<std::string> stages(RunNo no) {
    std::vector<std::string> found;
    auto const detail = run_detail(db, no);
    for (auto const& stage : detail->stages)
      found.push_back(stage.name + "/" + std::to_string(stage.attempt) + " " +
                      std::to_string(core::to_ms(stage.began)) + "-" +
                      (stage.ended ? std::to_string(core::to_ms(*stage.ended)) : ""));
    return found;
  }
  bool move(RunNo no, RunState from, RunState to, core::Wall now = at(4000)) {
    return commit([&] { return move_run(db, no, from, to, Reason::none, {}, now); });
  }
};

TEST_F(Runs, a_claim_binds_the_current_revision) {
  auto const no = queued();
  EXPECT_FALSE(load_run(db, no)->revision);
  auto const run = commit([&] { return claim_run(db, no, at(4000)); });
  ASSERT_TRUE(run);
  EXPECT_EQ(run->revision, list_pipelines(db)[0].revision);
  EXPECT_EQ(run->state, RunState::pulling);
  EXPECT_EQ(run->pipeline_name, "qc");
  EXPECT_EQ(run->inputs[0].root, "/srv/data");
  EXPECT_EQ(run->inputs[0].version, version(2000));
}

TEST_F(Runs, a_compare_and_set_that_comes_late_changes_nothing) {
  auto const no = queued();
  auto const feed = feed_end(db);
  EXPECT_FALSE(move(no, RunState::running, RunState::collecting));
  EXPECT_EQ(state(no.value), "queued none");
  EXPECT_EQ(feed_end(db), feed);
}

TEST_F(Runs, stages_tell_where_the_time_went) {
  auto const no = queued();
  commit([&] { return claim_run(db, no, at(4001)); });
  AttemptRow attempt;
  attempt.run = no;
  EXPECT_TRUE(commit([&] { return open_attempt(db, attempt, at(4002)); }));
  EXPECT_TRUE(move(no, RunState::starting, RunState::running, at(4003)));
  commit([&] { set_exited(db, no, 1, good_end(), at(4007)); });
  commit([&] { publish(db, no, 1, good_end(), RunState::succeeded, {}, {}, {}, at(4008)); });
  EXPECT_THAT(stages(no),
              ElementsAre("queued/0 3000000-4001000", "pulling/0 4001000-4002000", "starting/1 4002000-4003000",
                          "running/1 4003000-4007000", "collecting/1 4007000-4008000"));
  EXPECT_EQ(text("SELECT started_at || ' ' || finished_at FROM v1_runs"),
            "1970-01-01T01:06:43.000Z 1970-01-01T01:06:48.000Z");
  EXPECT_EQ(text("SELECT CAST(duration_s AS TEXT) FROM v1_runs"), "5.0");
}

TEST_F(Runs, a_stage_that_is_entered_again_does_not_count_what_lay_between) {
  auto const no = queued();
  commit([&] { return claim_run(db, no, at(4001)); });
  EXPECT_TRUE(
      commit([&] { return requeue_run(db, no, RunState::queued, Reason::image_unavailable, "", at(4010), at(4002)); }));
  commit([&] { return claim_run(db, no, at(4010)); });
  EXPECT_TRUE(move(no, RunState::pulling, RunState::failed, at(4020)));
  EXPECT_THAT(stages(no), ElementsAre("queued/0 3001000-4010000", "pulling/0 4009000-4020000"));
}

TEST_F(Runs, every_state_is_in_the_feed_in_order) {
  auto const no = queued();
  succeed(no);
  std::vector<std::string> events;
  for (auto const& row : feed_after(db, 0, 100)) {
    EXPECT_EQ(row.run, no);
    EXPECT_EQ(row.pipeline, "qc");
    events.push_back(row.event);
  }
  EXPECT_THAT(events, ElementsAre("run.queued", "run.pulling", "run.starting", "run.running", "run.collecting",
                                  "run.succeeded"));
  EXPECT_EQ(feed_after(db, 4, 1)[0].event, "run.collecting");
  EXPECT_EQ(text("SELECT group_concat(state) FROM v1_feed"), "queued,pulling,starting,running,collecting,succeeded");
}

TEST_F(Runs, a_requeued_run_takes_the_corrected_revision) {
  auto const no = queued();
  auto const first = commit([&] { return claim_run(db, no, at(4000)); })->revision;
  commit([&] {
    domain::RunParam user, other;
    user.name = "mine";
    user.from_user = true;
    other.name = "default";
    set_params(db, no, {user, other});
    set_image(db, no, "typo:latest", "", "", at(4000));
  });
  EXPECT_TRUE(commit([&] {
    return requeue_run(db, no, RunState::queued, Reason::image_unavailable, "no such image", at(4060), at(4000));
  }));
  EXPECT_EQ(state(no.value), "queued image_unavailable");
  EXPECT_THAT(startable_runs(db, at(4059), {}, 10), IsEmpty());
  pipeline("qc", {}, "v2");
  auto const again = commit([&] { return claim_run(db, no, at(4060)); });
  ASSERT_TRUE(again);
  EXPECT_NE(again->revision, first);
  EXPECT_EQ(again->image, "");
  ASSERT_EQ(again->params.size(), 1);
  EXPECT_EQ(again->params[0].name, "mine");
  EXPECT_EQ(again->not_before, core::Wall{});
}

TEST_F(Runs, a_run_with_a_given_revision_or_an_attempt_keeps_it) {
  auto const revision = list_pipelines(db)[0].revision;
  NewRun retry;
  retry.pipeline = qc;
  retry.revision = revision;
  retry.trigger = domain::Trigger::retry;
  auto const given = commit([&] { return insert_run(db, retry, at(3000)); });
  auto const tried = queued();
  start(tried);
  commit([&] { publish(db, tried, 1, AttemptEnd{}, RunState::retry_wait, {}, {}, at(4030), at(4000)); });
  pipeline("qc", {}, "v2");
  commit([&] { return claim_run(db, given.no, at(4000)); });
  EXPECT_TRUE(commit([&] { return requeue_run(db, given.no, RunState::queued, Reason::none, "", {}, at(4000)); }));
  EXPECT_EQ(load_run(db, given.no)->revision, revision);
  EXPECT_EQ(commit([&] { return claim_run(db, tried, at(4030)); })->revision, revision);
}

TEST_F(Runs, a_waiting_run_cannot_be_requeued) {
  auto const no = queued();
  EXPECT_FALSE(commit([&] { return requeue_run(db, no, RunState::held, Reason::input_unreadable, "", {}, at(4000)); }));
}

TEST_F(Runs, a_held_run_is_looked_at_again_when_it_is_due) {
  auto const no = queued();
  commit([&] { return claim_run(db, no, at(4000)); });
  EXPECT_TRUE(commit(
      [&] { return requeue_run(db, no, RunState::held, Reason::input_unreadable, "EACCES", at(4030), at(4000)); }));
  EXPECT_THAT(startable_runs(db, at(9000), {}, 10), IsEmpty());
  EXPECT_EQ(next_due(db, at(4000)), at(4030));
  EXPECT_EQ(commit([&] { return requeue_due_held(db, at(4029)); }), 0);
  EXPECT_EQ(commit([&] { return requeue_due_held(db, at(4030)); }), 1);
  EXPECT_EQ(startable_runs(db, at(4030), {}, 10).size(), 1);
}

TEST_F(Runs, the_queue_goes_by_place_over_pipelines_and_leaves_full_ones_out) {
  auto const other = pipeline("other");
  intake(difference("a", version(2000), {match(qc)}));
  intake(difference("b", version(2000), {match(other)}));
  intake(difference("c", version(2000), {match(qc)}));
  auto const numbers = [&](std::vector<PipelineId> const& full, std::size_t limit) {
    std::vector<std::int64_t> found;
    for (auto const& run : startable_runs(db, at(4000), full, limit)) found.push_back(run.no.value);
    return found;
  };
  EXPECT_THAT(numbers({}, 10), ElementsAre(1, 2, 3));
  EXPECT_THAT(numbers({}, 1), ElementsAre(1, 2)) << "of each pipeline";
  EXPECT_THAT(numbers({qc}, 10), ElementsAre(2));
  EXPECT_THAT(numbers({qc, other}, 10), IsEmpty());
}

TEST_F(Runs, an_attempt_is_opened_once) {
  auto const no = queued();
  start(no);
  AttemptRow again;
  again.run = no;
  EXPECT_FALSE(commit([&] { return open_attempt(db, again, at(4000)); })) << "the run is not pulling";
  commit([&] { publish(db, no, 1, AttemptEnd{}, RunState::retry_wait, {}, {}, at(4030), at(4000)); });
  commit([&] { return claim_run(db, no, at(4030)); });
  EXPECT_THROW(commit([&] { return open_attempt(db, again, at(4030)); }), core::Failure) << "number 1 had a container";
  again.number = 2;
  EXPECT_TRUE(commit([&] { return open_attempt(db, again, at(4030)); }));
  EXPECT_EQ(load_run(db, no)->attempts, 2);
}

TEST_F(Runs, an_attempt_whose_container_was_never_made_can_be_made_again) {
  auto const no = queued();
  AttemptRow attempt;
  attempt.run = no;
  attempt.create_body = "first";
  commit([&] { return claim_run(db, no, at(4000)); });
  EXPECT_TRUE(commit([&] { return open_attempt(db, attempt, at(4000)); }));
  EXPECT_TRUE(
      commit([&] { return requeue_run(db, no, RunState::queued, Reason::engine_unavailable, "", {}, at(4001)); }));
  commit([&] { return claim_run(db, no, at(4002)); });
  attempt.create_body = "second";
  EXPECT_TRUE(commit([&] { return open_attempt(db, attempt, at(4002)); }));
  EXPECT_EQ(load_attempt(db, no, 1)->create_body, "second");
  EXPECT_EQ(load_run(db, no)->attempts, 1);
}

TEST_F(Runs, steps_go_forward_only) {
  auto const no = queued();
  start(no);
  auto const step = [&] { return load_attempt(db, no, 1)->step; };
  EXPECT_EQ(step(), Step::exited);
  commit([&] { set_step(db, no, 1, Step::running, {}, at(5000)); });
  EXPECT_EQ(step(), Step::exited);
  commit([&] { set_step(db, no, 1, Step::removed, {}, at(5000)); });
  EXPECT_EQ(step(), Step::removed);
  EXPECT_EQ(load_attempt(db, no, 1)->container_id, "c0ffee");
}

TEST_F(Runs, start_up_finds_runs_in_hand_and_containers_left_behind) {
  auto const ended = queued("a"), clean = queued("b"), running = queued("c"), waiting = queued("d");
  succeed(ended);
  succeed(clean);
  commit([&] { set_step(db, clean, 1, Step::removed, {}, at(6000)); });
  start(running);
  EXPECT_THAT(unfinished_runs(db), ElementsAre(ended, running));
  EXPECT_EQ(state(waiting.value), "queued none");
}

TEST_F(Runs, a_container_that_nobody_saw_running_has_its_times_too) {
  auto const no = queued();
  commit([&] { return claim_run(db, no, at(4000)); });
  AttemptRow attempt;
  attempt.run = no;
  EXPECT_TRUE(commit([&] { return open_attempt(db, attempt, at(4001)); }));
  auto end = good_end();
  end.exited = at(4002);
  commit([&] { set_exited(db, no, 1, end, at(4005)); });
  EXPECT_EQ(state(no.value), "collecting none");
  EXPECT_EQ(run_detail(db, no)->run.started, at(4002));
  commit([&] { set_exited(db, no, 1, end, at(4006)); });
  EXPECT_EQ(state(no.value), "collecting none") << "the same again is harmless";
}

TEST_F(Runs, cancelling_ends_what_waits_and_marks_what_runs) {
  auto const waits = queued("a"), runs = queued("b"), ended = queued("c");
  start(runs);
  succeed(ended);
  auto const cancel = [&](RunNo no) { return commit([&] { return request_cancel(db, no, at(4000)); }); };
  EXPECT_EQ(cancel(waits), RunState::cancelled);
  EXPECT_EQ(state(waits.value), "cancelled cancelled_by_user");
  EXPECT_EQ(cancel(runs), RunState::collecting);
  EXPECT_TRUE(load_run(db, runs)->cancel_requested);
  EXPECT_EQ(cancel(ended), RunState::succeeded);
  EXPECT_FALSE(load_run(db, ended)->cancel_requested);
  EXPECT_EQ(cancel({99}), std::nullopt);
}

TEST_F(Runs, a_manual_run_keeps_what_it_was_given) {
  NewRun wish;
  wish.pipeline = qc;
  RunInput input;
  input.key = "/tmp/some file.csv";
  input.uri = "file:///tmp/some%20file.csv";
  input.version = version(10);
  input.hash = hash(7);
  wish.inputs = {input};
  wish.params = {{"threshold", domain::ValueType::real, 2.5, true},
                 {"n", domain::ValueType::integer, std::int64_t{3}, true},
                 {"on", domain::ValueType::boolean, true, true},
                 {"name", domain::ValueType::string, std::string("x"), true},
                 {"none", domain::ValueType::string, std::monostate{}, false}};
  auto const ref = commit([&] { return insert_run(db, wish, at(3000)); });
  auto const run = load_run_by_id(db, ref.id);
  ASSERT_TRUE(run);
  EXPECT_EQ(run->no, ref.no);
  EXPECT_EQ(run->trigger, domain::Trigger::manual);
  EXPECT_FALSE(run->inputs[0].source);
  EXPECT_EQ(run->inputs[0].hash, hash(7));
  ASSERT_EQ(run->params.size(), 5);
  for (auto const& expected : wish.params) {
    auto const found = std::ranges::find(run->params, expected.name, &domain::RunParam::name);
    ASSERT_NE(found, run->params.end());
    EXPECT_EQ(found->value, expected.value) << expected.name;
    EXPECT_EQ(found->type, expected.type);
    EXPECT_EQ(found->from_user, expected.from_user);
  }
  EXPECT_EQ(load_run_by_id(db, std::to_string(ref.no.value))->id, ref.id);
  EXPECT_FALSE(load_run_by_id(db, "99"));
  EXPECT_FALSE(load_run_by_id(db, ""));
  EXPECT_FALSE(load_run_by_id(db, "999999999999999999999999999"));
}

TEST_F(Runs, a_manual_run_on_a_known_file_has_its_place_in_the_data) {
  queued("a.csv");
  NewRun wish;
  wish.pipeline = qc;
  RunInput input;
  input.source = source.id;
  input.key = "a.csv";
  wish.inputs = {input};
  auto const ref = commit([&] { return insert_run(db, wish, at(3000)); });
  EXPECT_EQ(load_run(db, ref.no)->seq, 1);
}

TEST_F(Runs, the_hash_of_an_input_is_remembered_only_for_that_version) {
  auto const no = queued("a.csv");
  commit([&] {
    set_input_hash(db, no, 0, version(2000), hash(9));
    remember_hash(db, source.id, "a.csv", version(1999), hash(8));
  });
  EXPECT_EQ(load_run(db, no)->inputs[0].hash, hash(9));
  EXPECT_FALSE(find_items(db, source.id, {"a.csv"})[0].hash);
  commit([&] { remember_hash(db, source.id, "a.csv", version(2000), hash(9)); });
  EXPECT_EQ(find_items(db, source.id, {"a.csv"})[0].hash, hash(9));
}

TEST_F(Runs, what_an_init_would_have_known_is_kept_with_the_attempt) {
  auto const no = queued();
  (void)commit([&] { return claim_run(db, no, at(1000)); });
  AttemptRow attempt;
  attempt.run = no;
  attempt.container_name = "n";
  attempt.create_body = attempt.create_sha256 = "x";
  ASSERT_TRUE(commit([&] { return open_attempt(db, attempt, at(1000)); }));
  auto known = load_plain_attempt(db, no, 1);
  EXPECT_EQ(known.engine, "");
  EXPECT_EQ(known.running.boot, "");
  EXPECT_FALSE(known.timed_out);
  commit([&] {
    set_attempt_engine(db, no, 1, "first");
    set_attempt_engine(db, no, 1, "second");
    set_running_since(db, no, 1, {"boot", std::chrono::milliseconds{5}});
    set_running_since(db, no, 1, {"another boot", std::chrono::milliseconds{9}});
    set_attempt_timed_out(db, no, 1, at(2000));
  });
  known = load_plain_attempt(db, no, 1);
  EXPECT_EQ(known.engine, "second") << "it was adopted";
  EXPECT_EQ(known.running.boot, "boot") << "the first time counts";
  EXPECT_EQ(known.running.at, std::chrono::milliseconds{5});
  EXPECT_TRUE(known.timed_out);
}

TEST_F(Runs, an_attempt_never_ends_before_it_began) {
  auto const no = queued();
  start(no);
  AttemptEnd end = good_end();
  end.exited = at(1);  // by the engine's clock
  end.log_suspect = true;
  commit([&] { write_attempt_end(db, no, 1, end); });
  EXPECT_EQ(count("SELECT exited_ms >= started_ms FROM attempt"), 1);
  EXPECT_EQ(count("SELECT log_suspect FROM v1_attempts"), 1);
}

}  // namespace
}  // namespace store
