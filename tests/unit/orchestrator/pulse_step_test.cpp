#include "orchestrator/pulse_step.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "domain/spec_json.hpp"
#include "store/outbox.hpp"
#include "unit/store/store_fixture.hpp"

namespace store {
namespace {

using namespace std::chrono_literals;
using domain::NotifyEvent;
using orchestrator::PulseStep;
using testing::ElementsAre;
using testing::IsEmpty;

/// A database with one pipeline that tells `ops` of everything, and steps that look at it.
class PulseStepTest : public StoreTest {
 protected:
  static domain::PipelineSpec told() {
    domain::PipelineSpec spec;
    spec.name = "qc";
    spec.notify.push_back(
        {{NotifyEvent::failed, NotifyEvent::recovered, NotifyEvent::overdue, NotifyEvent::alert}, "ops"});
    return spec;
  }
  PipelineId registered(domain::PipelineSpec const& spec, std::string const& yaml = "v1") {
    return commit(
        [&] { return register_revision(db, spec, yaml, domain::spec_to_json(spec), at(500), at(2000)).value().id; });
  }
  /// A new file of the pipeline, arrived at `arrival`; its run.
  RunNo comes(PipelineId id, std::string const& key, core::Wall arrival = at(3000)) {
    intake(difference(key, version(core::to_ms(arrival) / 1000), {match(id)}), arrival);
    return {count("SELECT max(run_no) FROM run")};
  }
  void ends(RunNo no, domain::RunState state, core::Wall now = at(5000), std::vector<OutputRow> const& outputs = {}) {
    start(no);
    auto end = good_end();
    end.outcome = state;
    end.reason = state == domain::RunState::succeeded ? domain::Reason::exit_zero : domain::Reason::exit_nonzero;
    commit([&] { publish(db, no, load_run(db, no)->attempts, end, state, outputs, {}, {}, now); });
  }
  PulseStep::Outcome pulse(core::Wall now = at(6000), bool judge = true, bool align = true) {
    PulseStep step;
    step.teller = {"etl-03", "https://tide.example.org"};
    step.webhooks = {"ops"};
    step.now = now;
    step.judge = judge;
    step.align = align;
    step.specs = specs;
    return commit([&] { return step.run(db); });
  }
  /// Types of what lies in the outbox, and empties it.
  std::vector<std::string> news() {
    std::vector<std::string> types;
    db.each("SELECT type FROM outbox ORDER BY outbox_id",
            [&](sql::Row const& row) { types.push_back(row.text(0).substr(13)); });
    db.run("DELETE FROM outbox");
    return types;
  }
  boost::json::object body() {
    return boost::json::parse(text("SELECT body FROM outbox ORDER BY outbox_id DESC LIMIT 1")).as_object();
  }
  std::shared_ptr<orchestrator::SpecCache> specs = std::make_shared<orchestrator::SpecCache>();
};

TEST_F(PulseStepTest, tells_of_the_first_failure_and_of_the_recovery_once_each) {
  auto const id = registered(told());
  (void)pulse();
  ends(comes(id, "a"), domain::RunState::succeeded);
  ends(comes(id, "b"), domain::RunState::failed);
  ends(comes(id, "c"), domain::RunState::timed_out);
  EXPECT_EQ(pulse().ends.size(), 3U);
  EXPECT_THAT(news(), ElementsAre("run.failed.v1"));
  ends(comes(id, "d"), domain::RunState::succeeded);
  ends(comes(id, "e"), domain::RunState::succeeded);
  (void)pulse();
  EXPECT_THAT(news(), ElementsAre("pipeline.recovered.v1"));
  (void)pulse();
  EXPECT_THAT(news(), IsEmpty()) << "the cursor has moved with what was told";
}

TEST_F(PulseStepTest, says_how_long_a_run_was_in_each_of_its_stages) {
  auto const id = registered(told());
  (void)pulse();
  intake(difference("a", version(2997), {match(id)}), at(3000));  // written three seconds before its change
  RunNo const no{1};
  commit([&] { return claim_run(db, no, at(3002)).has_value(); });
  AttemptRow attempt;
  attempt.run = no;
  attempt.container_name = "tw-1";
  commit([&] { return open_attempt(db, attempt, at(3007)); });
  commit([&] { return move_run(db, no, domain::RunState::starting, domain::RunState::running, {}, {}, at(3008)); });
  commit([&] {
    set_exited(db, no, 1, good_end(), at(3068));
    publish(db, no, 1, good_end(), domain::RunState::succeeded, {}, {}, {}, at(3070));
  });
  auto const ends = pulse().ends;
  ASSERT_EQ(ends.size(), 1U);
  std::map<std::string, std::int64_t> seconds;
  for (auto const& [stage, took] : ends[0].stages) seconds[stage] = took.count() / 1000;
  std::map<std::string, std::int64_t> const expected{{"settling", 3}, {"queued", 2},   {"pulling", 5},
                                                     {"starting", 1}, {"running", 60}, {"collecting", 2}};
  EXPECT_EQ(seconds, expected);
}

TEST_F(PulseStepTest, a_retry_says_nothing_of_how_its_data_settled) {
  auto const id = registered(told());
  (void)pulse();
  ends(comes(id, "a"), domain::RunState::failed);
  NewRun retry;
  retry.pipeline = id;
  retry.trigger = domain::Trigger::retry;
  retry.retry_of = RunNo{1};
  retry.seq = 1;
  auto const again = commit([&] { return insert_run(db, retry, at(9000)); });
  ends(again.no, domain::RunState::succeeded, at(9500));
  auto const counted = pulse().ends;
  ASSERT_EQ(counted.size(), 2U);
  auto const settling = [](store::StageTime const& time) { return time.stage == "settling"; };
  EXPECT_TRUE(std::ranges::any_of(counted[0].stages, settling));
  EXPECT_FALSE(std::ranges::any_of(counted[1].stages, settling));
}

TEST_F(PulseStepTest, an_event_says_what_happened_and_where_to_look) {
  auto const id = registered(told());
  (void)pulse();
  ends(comes(id, "a"), domain::RunState::failed);
  (void)pulse();
  auto const event = body();
  EXPECT_EQ(event.at("specversion").as_string(), "1.0");
  EXPECT_EQ(event.at("source").as_string(), "/instances/etl-03");
  EXPECT_EQ(event.at("type").as_string(), "io.tidewheel.run.failed.v1");
  EXPECT_EQ(event.at("subject").as_string(), "qc");
  EXPECT_EQ(event.at("id").as_string(), text("SELECT event_id FROM outbox"));
  EXPECT_EQ(event.at("sequence").as_string(), std::to_string(count("SELECT seq FROM feed WHERE state = 'failed'")));
  auto const& data = event.at("data").as_object();
  EXPECT_EQ(data.at("run_no").as_int64(), 1);
  EXPECT_EQ(data.at("run_id").as_string(), text("SELECT run_id FROM run"));
  EXPECT_EQ(data.at("state").as_string(), "failed");
  EXPECT_EQ(data.at("reason").as_string(), "exit_nonzero");
  EXPECT_EQ(data.at("link").as_string(), "https://tide.example.org/runs/1");
}

TEST_F(PulseStepTest, what_was_undone_is_told_again) {
  auto const id = registered(told());
  (void)pulse();
  ends(comes(id, "a"), domain::RunState::failed);
  PulseStep step;
  step.webhooks = {"ops"};
  step.now = at(6000);
  step.specs = specs;
  {
    sql::Transaction transaction(db);  // killed before its COMMIT
    (void)step.run(db);
  }
  EXPECT_THAT(news(), IsEmpty());
  (void)pulse();
  EXPECT_THAT(news(), ElementsAre("run.failed.v1"));
}

TEST_F(PulseStepTest, what_happened_before_it_began_is_known_and_not_told) {
  auto const id = registered(told());
  ends(comes(id, "a"), domain::RunState::succeeded);
  ends(comes(id, "b"), domain::RunState::failed, at(5001));
  (void)pulse();
  EXPECT_THAT(news(), IsEmpty());
  EXPECT_EQ(load_health(db, id).failing_run, RunNo{2});
  ends(comes(id, "c"), domain::RunState::succeeded);
  (void)pulse();
  EXPECT_THAT(news(), ElementsAre("pipeline.recovered.v1"));
}

TEST_F(PulseStepTest, goes_through_a_long_feed_in_pages) {
  auto const id = registered(told());
  (void)pulse();
  std::vector<Difference> many;
  for (int i = 0; i < 2500; ++i) many.push_back(difference("f" + std::to_string(i), version(3000), {match(id)}));
  intake(many);
  ends({2500}, domain::RunState::failed);
  int steps = 1;
  while (pulse().more) ++steps;
  EXPECT_EQ(steps, 3);
  EXPECT_THAT(news(), ElementsAre("run.failed.v1"));
}

TEST_F(PulseStepTest, only_what_was_asked_for_is_told_and_only_to_webhooks_that_there_are) {
  auto spec = told();
  spec.notify = {{{NotifyEvent::recovered}, "ops"}, {{NotifyEvent::failed}, "gone"}};
  auto const id = registered(spec);
  (void)pulse();
  ends(comes(id, "a"), domain::RunState::failed);
  (void)pulse();
  EXPECT_THAT(news(), IsEmpty());
  ends(comes(id, "b"), domain::RunState::succeeded);
  (void)pulse();
  EXPECT_THAT(news(), ElementsAre("pipeline.recovered.v1"));
}

std::vector<OutputRow> outliers(std::int64_t n) {
  return {{"outliers", domain::ValueType::integer, n, ""}};
}

TEST_F(PulseStepTest, an_alert_is_told_at_its_crossing_and_when_it_is_over) {
  auto spec = told();
  domain::OutputSpec output;
  output.name = "outliers";
  output.type = domain::ValueType::integer;
  output.alert_above = 50;
  spec.outputs = {output};
  auto const id = registered(spec);
  (void)pulse();
  auto const give = [&](std::string const& key, std::int64_t n) {
    ends(comes(id, key), domain::RunState::succeeded, at(5000), outliers(n));
    (void)pulse();
  };
  give("a", 50);
  EXPECT_THAT(news(), IsEmpty());
  give("b", 51);
  EXPECT_EQ(body().at("data").at("bound").as_string(), "above");
  EXPECT_EQ(body().at("data").at("value").as_int64(), 51);
  EXPECT_EQ(body().at("data").at("limit").to_number<double>(), 50);
  EXPECT_THAT(news(), ElementsAre("output.alert.v1"));
  give("c", 99);
  EXPECT_THAT(news(), IsEmpty()) << "it still lasts";
  EXPECT_EQ(text("SELECT output || ' ' || bound || ' ' || run_no FROM alert"), "outliers above 2");
  give("d", 3);
  EXPECT_EQ(body().at("data").at("what").as_string(), "output");
  EXPECT_THAT(news(), ElementsAre("pipeline.recovered.v1"));
  EXPECT_EQ(count("SELECT count(*) FROM alert"), 0);
}

TEST_F(PulseStepTest, old_data_that_is_done_again_crosses_nothing) {
  auto spec = told();
  domain::OutputSpec output;
  output.name = "outliers";
  output.type = domain::ValueType::integer;
  output.alert_above = 50;
  spec.outputs = {output};
  auto const id = registered(spec);
  (void)pulse();
  auto const old = comes(id, "march");
  ends(comes(id, "april"), domain::RunState::succeeded, at(5000), outliers(1));
  ends(old, domain::RunState::succeeded, at(5001), outliers(99));
  (void)pulse();
  EXPECT_THAT(news(), IsEmpty());
}

domain::PipelineSpec expecting(std::chrono::milliseconds age) {
  domain::PipelineSpec spec;
  spec.name = "qc";
  spec.notify.push_back({{NotifyEvent::overdue, NotifyEvent::recovered}, "ops"});
  spec.expect.emplace().at_least_every = age;
  return spec;
}

TEST_F(PulseStepTest, overdue_is_told_once_and_its_end_when_data_came) {
  auto const id = registered(expecting(1h));
  EXPECT_EQ(pulse(at(10'000)).next_expected, at(13'600)) << "counted from its registration";
  (void)pulse(at(13'599));
  EXPECT_THAT(news(), IsEmpty());
  EXPECT_FALSE(pulse(at(13'600)).next_expected);
  EXPECT_EQ(body().at("data").at("rule").as_string(), "at least every 1h");
  EXPECT_THAT(news(), ElementsAre("pipeline.overdue.v1"));
  (void)pulse(at(99'999));
  EXPECT_THAT(news(), IsEmpty());
  auto const run = comes(id, "late", at(100'000));
  (void)pulse(at(100'001));
  EXPECT_THAT(news(), IsEmpty()) << "it has come, and nothing good came of it yet";
  ends(run, domain::RunState::succeeded, at(100'010));
  EXPECT_EQ(pulse(at(100'011)).next_expected, at(103'600)) << "an hour after the data, not after the run";
  EXPECT_EQ(body().at("data").at("what").as_string(), "data");
  EXPECT_THAT(news(), ElementsAre("pipeline.recovered.v1"));
}

TEST_F(PulseStepTest, a_retry_of_old_data_ends_no_overdue) {
  auto const id = registered(expecting(1h));
  (void)pulse(at(10'000));
  auto const old = comes(id, "old", at(10'001));
  (void)pulse(at(20'000));
  EXPECT_THAT(news(), ElementsAre("pipeline.overdue.v1"));
  ends(old, domain::RunState::succeeded, at(20'001));
  (void)pulse(at(20'002));
  EXPECT_THAT(news(), IsEmpty());
}

TEST_F(PulseStepTest, while_the_clock_is_not_believed_nothing_becomes_overdue) {
  (void)registered(expecting(1h));
  (void)pulse(at(10'000));
  EXPECT_EQ(pulse(at(50'000), false).next_expected, at(13'600));
  EXPECT_THAT(news(), IsEmpty());
  (void)pulse(at(50'000));
  EXPECT_THAT(news(), ElementsAre("pipeline.overdue.v1"));
}

TEST_F(PulseStepTest, it_takes_as_many_items_as_the_rule_says) {
  auto spec = expecting(0ms);
  spec.expect->by_minute = 0;
  spec.expect->days = {0, 1, 2, 3, 4, 5, 6};
  spec.expect->min = 2;
  auto const id = registered(spec);
  constexpr std::int64_t day = 86'400;
  (void)pulse(at(day + 10));
  ends(comes(id, "a", at(day + 100)), domain::RunState::succeeded);
  ends(comes(id, "a", at(day + 200)), domain::RunState::succeeded);  // the same item again
  (void)pulse(at(2 * day));
  EXPECT_THAT(news(), ElementsAre("pipeline.overdue.v1"));
  ends(comes(id, "b", at(2 * day + 5)), domain::RunState::succeeded);
  (void)pulse(at(2 * day + 6));
  EXPECT_THAT(news(), ElementsAre("pipeline.recovered.v1"));
}

TEST_F(PulseStepTest, another_rule_begins_anew_and_a_retired_pipeline_expects_nothing) {
  (void)registered(expecting(1h));
  (void)pulse(at(10'000));
  (void)pulse(at(20'000));
  EXPECT_THAT(news(), ElementsAre("pipeline.overdue.v1"));
  auto const id = registered(expecting(2h), "v2");
  EXPECT_EQ(pulse(at(30'000)).next_expected, at(37'200));
  db.run("UPDATE pipeline SET state = 'retired'");
  EXPECT_FALSE(pulse(at(99'000)).next_expected);
  EXPECT_THAT(news(), IsEmpty());
  db.run("UPDATE pipeline SET state = 'live'");
  EXPECT_EQ(pulse(at(100'000)).next_expected, at(107'200));
  EXPECT_EQ(load_health(db, id).rule, "at least every 2h");
}

TEST_F(PulseStepTest, a_specification_that_cannot_be_read_expects_nothing_for_ever) {
  auto const id = registered(expecting(1h));
  (void)pulse(at(10'000));
  db.run("UPDATE revision SET spec = 'nonsense'");
  specs = std::make_shared<orchestrator::SpecCache>();
  EXPECT_FALSE(pulse(at(20'000), true, false).next_expected);
  EXPECT_THAT(due_pipelines(db, at(20'000)), IsEmpty());
  EXPECT_EQ(load_health(db, id).rule, "");
}

class OutboxTest : public StoreTest {
 protected:
  void put(std::string const& hook = "ops", core::Wall now = at(1000)) {
    commit([&] { put_notification(db, {"evt_1", hook, id, "t", "{}"}, now); });
  }
  PipelineId id = pipeline();
};

TEST_F(OutboxTest, the_oldest_make_room_and_it_is_marked) {
  commit([&] {
    for (std::int64_t i = 0; i < most_waiting + 2; ++i)
      put_notification(db, {"evt", "ops", id, "t", "{}"}, at(1000 + i));
  });
  EXPECT_EQ(webhook_states(db)["ops"].waiting, most_waiting);
  EXPECT_EQ(webhook_states(db)["ops"].given_up, 2);
  EXPECT_EQ(text("SELECT error FROM outbox WHERE outbox_id = 2"), "dropped: 10000 newer ones waited");
  EXPECT_EQ(due_notification(db, "ops", at(9000), at(99'000))->id, 3);
}

TEST_F(OutboxTest, what_is_not_due_waits_but_for_times_of_a_clock_that_was_ahead) {
  put();
  commit([&] { set_failed(db, 1, "the receiver answered 500", at(1000), at(2000)); });
  EXPECT_FALSE(due_notification(db, "ops", at(1999), at(90'000)));
  EXPECT_EQ(due_notification(db, "ops", at(2000), at(90'000))->tries, 1);
  EXPECT_TRUE(due_notification(db, "ops", at(10), at(1500))) << "put off further than anything ever is";
  EXPECT_EQ(next_try(db, "ops"), at(2000));
}

TEST_F(OutboxTest, what_happened_first_is_told_first_unless_it_cannot_be_told) {
  put();
  put();
  commit([&] { set_failed(db, 1, "the receiver answered 500", at(1000), at(2000)); });
  EXPECT_FALSE(due_notification(db, "ops", at(1500), at(90'000))) << "the second one waits behind it";
  EXPECT_EQ(next_try(db, "ops"), at(2000));
  db.run("UPDATE outbox SET tries = 10 WHERE outbox_id = 1");
  EXPECT_EQ(due_notification(db, "ops", at(1500), at(90'000))->id, 2);
  commit([&] { set_delivered(db, 2, at(1500)); });
  EXPECT_FALSE(due_notification(db, "ops", at(1999), at(90'000)));
  EXPECT_EQ(next_try(db, "ops"), at(2000));
  EXPECT_EQ(due_notification(db, "ops", at(2000), at(90'000))->id, 1);
}

TEST_F(OutboxTest, what_has_ended_goes_after_a_week_and_what_waits_for_nobody_is_given_up) {
  put();
  put("gone");
  commit([&] { set_delivered(db, 1, at(1001)); });
  commit([&] { (void)prune_outbox(db, {"ops"}, at(1001), at(1000), at(5000)); });
  EXPECT_EQ(count("SELECT count(*) FROM outbox"), 2);
  commit([&] { (void)prune_outbox(db, {"ops"}, at(1002), at(1001), at(5000)); });
  EXPECT_EQ(text("SELECT webhook || ' ' || (next_ms IS NULL) FROM outbox"), "gone 1");
  EXPECT_THAT(webhook_states(db)["gone"].error, testing::HasSubstr("no such webhook"));
}

}  // namespace
}  // namespace store
