#include "api/json.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

namespace {

using domain::RunState;

store::RunSummary a_run() {
  store::RunSummary run;
  run.no = {42};
  run.id = "01K9ZB6X4M8QWERTY0ASDFGHJK";
  run.pipeline = "sensor-qc";
  run.state = RunState::failed;
  run.reason = domain::Reason::exit_nonzero;
  run.detail = "exit code 3";
  run.trigger = "change";
  run.exit_code = 3;
  run.cpu_ms = 1500;
  run.queued = core::from_ms(1795341600000);
  run.started = core::from_ms(1795341601000);
  run.finished = core::from_ms(1795341603250);
  run.input_uri = "file:///srv/a%20b.csv";
  run.input_key = "a b.csv";
  return run;
}

TEST(Json, shows_a_run_with_times_as_text_and_durations_in_seconds) {
  auto const object = api::to_json(a_run());
  EXPECT_EQ(object.at("run_no").as_int64(), 42);
  EXPECT_EQ(object.at("state").as_string(), "failed");
  EXPECT_EQ(object.at("reason").as_string(), "exit_nonzero");
  EXPECT_EQ(object.at("explanation").as_string(), domain::explain(domain::Reason::exit_nonzero));
  EXPECT_EQ(object.at("queued_at").as_string(), core::to_rfc3339(core::from_ms(1795341600000)));
  EXPECT_DOUBLE_EQ(object.at("duration_s").as_double(), 2.25);
  EXPECT_DOUBLE_EQ(object.at("cpu_s").as_double(), 1.5);
  EXPECT_EQ(object.at("input").at("key").as_string(), "a b.csv");
}

TEST(Json, says_null_for_what_there_is_not) {
  store::RunSummary run;
  auto const object = api::to_json(run);
  for (auto const* const name : {"revision", "detail", "retry_of", "replaced_by", "image", "exit_code", "max_rss_bytes",
                                 "started_at", "finished_at", "duration_s", "input", "explanation", "not_before"})
    EXPECT_TRUE(object.at(name).is_null()) << name;
}

TEST(Json, carries_details_that_are_not_utf_8_as_what_can_be_shown) {
  auto run = a_run();
  run.detail = "cannot open \xff\n";
  auto const text = boost::json::serialize(api::to_json(run));
  EXPECT_NE(text.find("cannot open \xEF\xBF\xBD\\\\x0a"), std::string::npos) << text;
}

TEST(Json, keeps_the_type_of_outputs) {
  using domain::Value;
  using domain::ValueType;
  EXPECT_EQ(api::to_json(Value(std::int64_t{9007199254740993}), ValueType::integer).as_int64(), 9007199254740993);
  EXPECT_DOUBLE_EQ(api::to_json(Value(0.1), ValueType::real).as_double(), 0.1);
  EXPECT_TRUE(api::to_json(Value(true), ValueType::boolean).as_bool());
  EXPECT_EQ(api::to_json(Value(std::string("1")), ValueType::string).as_string(), "1");
  EXPECT_EQ(api::to_json(Value(std::string("{\"a\":[1]}")), ValueType::json).at("a").at(0).as_int64(), 1);
  EXPECT_TRUE(api::to_json(Value(), ValueType::real).is_null());
}

TEST(Json, names_the_columns_of_results_in_their_order) {
  store::ResultTable table;
  table.columns = {
      {"run_no", domain::ValueType::integer}, {"n", domain::ValueType::integer}, {"a", domain::ValueType::real}};
  table.rows = {{domain::Value(std::int64_t{7}), domain::Value(std::int64_t{3}), domain::Value()}};
  table.next = {12, store::RunNo{7}};
  auto const object = api::to_json(table);
  EXPECT_EQ(boost::json::serialize(object),
            R"({"columns":["run_no","n","a"],"rows":[{"run_no":7,"n":3,"a":null}],"next":"12.7"})");
}

TEST(Json, puts_the_state_directory_before_artifact_paths_and_hashes_in_hex) {
  store::RunDetail detail;
  detail.run = a_run();
  store::ArtifactDetail artifact;
  artifact.attempt = 2;
  artifact.artifact.name = "plots/\xffx.png";
  artifact.artifact.path = "artifacts/p/r-a2/plots/x.png";
  detail.artifacts.push_back(artifact);
  store::RunInput input;
  input.key = "k\xff";
  detail.inputs.push_back(input);
  auto const object = api::to_json(detail, "/var/lib/tidewheel", nullptr);
  EXPECT_EQ(object.at("artifacts").at(0).at("path").as_string(), "/var/lib/tidewheel/artifacts/p/r-a2/plots/x.png");
  EXPECT_EQ(object.at("artifacts").at(0).at("sha256").as_string(), std::string(64, '0'));
  EXPECT_TRUE(object.at("inputs").at(0).at("sha256").is_null());
  EXPECT_EQ(object.at("inputs").at(0).at("key").as_string(), "k\xEF\xBF\xBD");
}

TEST(Json, tells_findings_as_sentences_and_as_facts) {
  orchestrator::Finding finding;
  finding.verdict = orchestrator::Finding::Verdict::skipped;
  finding.reason = domain::Reason::same_content;
  finding.pipeline = "p";
  finding.run = store::RunNo{3};
  finding.sentence = "Pipeline p: no run.";
  auto const object = api::to_json(std::vector<orchestrator::Finding>{finding});
  EXPECT_EQ(object.at("sentences").at(0).as_string(), "Pipeline p: no run.");
  EXPECT_EQ(object.at("findings").at(0).at("verdict").as_string(), "skipped");
  EXPECT_EQ(object.at("findings").at(0).at("reason").as_string(), "same_content");
  EXPECT_EQ(object.at("findings").at(0).at("run_no").as_int64(), 3);
}

}  // namespace
