#include <gtest/gtest.h>

#include "integration/api_world.hpp"

namespace {

using integration::ApiWorld;
using support::FakeContainer;
using support::FakeEngine;

void succeed(FakeEngine& engine, FakeContainer& container) {
  container.out["outputs.json"] = R"({"n": 3, "mean": 1.5})";
  container.out["report.html"] = "<p>good</p>";
  engine.write_log(container, docker::Stream::standard_output, "hello\n");
  engine.write_log(container, docker::Stream::standard_error, "a warning\n");
  engine.exit(container, 0);
}

class ApiRuns : public ::testing::Test {
 protected:
  ApiWorld world;
};

TEST_F(ApiRuns, shows_a_files_run_from_change_to_result) {
  world.pipeline("qc", "outputs: {n: {type: int}, mean: {type: float, unit: celsius}}\n");
  world.engine().on_start(succeed);
  world.run([this]() -> boost::asio::awaitable<void> {
    world.put("a.csv", "1,2\n");
    auto const run = co_await world.run_in("1", "succeeded");
    EXPECT_EQ(run.at("pipeline").as_string(), "qc");
    EXPECT_EQ(run.at("reason").as_string(), "exit_zero");
    EXPECT_EQ(run.at("inputs").at(0).at("key").as_string(), "a.csv");
    EXPECT_EQ(run.at("inputs").at(0).at("sha256").as_string().size(), 64U);
    EXPECT_EQ(run.at("attempt_list").as_array().size(), 1U);
    EXPECT_FALSE(run.at("stages").as_array().empty());
    EXPECT_EQ(run.at("outputs").as_array().size(), 2U);
    EXPECT_EQ(run.at("artifacts").at(0).at("role").as_string(), "report");
    EXPECT_TRUE(run.at("waiting").as_array().empty());

    auto const by_id = co_await world.get("/api/v1/runs/" + std::string(run.at("run_id").as_string()));
    EXPECT_EQ(by_id.body.at("run_no").as_int64(), 1);
    auto const results = co_await world.get("/api/v1/pipelines/qc/results");
    EXPECT_EQ(results.body.at("view").as_string(), "v1_p_qc");
    EXPECT_EQ(results.body.at("rows").at(0).at("n").as_int64(), 3);
    EXPECT_DOUBLE_EQ(results.body.at("rows").at(0).at("mean").as_double(), 1.5);
    EXPECT_EQ(results.body.at("rows").at(0).at("input_key").as_string(), "a.csv");
    auto const log = co_await world.get("/api/v1/runs/1/log");
    EXPECT_EQ(log.text, "hello\na warning\n");
    auto const cri = co_await world.get("/api/v1/runs/1/log?format=cri&attempt=1");
    EXPECT_NE(cri.text.find(" stderr F a warning\n"), std::string::npos) << cri.text;
    co_await world.idle();
  });
}

TEST_F(ApiRuns, starts_nothing_of_a_paused_pipeline_until_it_is_resumed) {
  world.pipeline("qc", {}, "a.csv");
  world.pipeline("other", {}, "b.csv");
  world.engine().on_start(succeed);
  world.run([this]() -> boost::asio::awaitable<void> {
    auto const paused = co_await world.post("/api/v1/pipelines/qc/pause", "{}");
    EXPECT_EQ(paused.status, 200);
    world.put("a.csv", "1");
    (void)co_await world.run_in("1", "queued");
    auto const pipeline = co_await world.get("/api/v1/pipelines/qc");
    EXPECT_FALSE(pipeline.body.at("paused").is_null());
    auto const why = co_await world.get("/api/v1/why?run=1");
    EXPECT_NE(why.text.find("has been paused since"), std::string::npos) << why.text;
    world.put("b.csv", "2");
    (void)co_await world.run_in("2", "succeeded");
    auto const waits = co_await world.get("/api/v1/runs/1");
    EXPECT_EQ(waits.body.at("state").as_string(), "queued");
    auto const resumed = co_await world.post("/api/v1/pipelines/qc/resume", "{}");
    EXPECT_EQ(resumed.status, 200);
    (void)co_await world.run_in("1", "succeeded");
    auto const unknown = co_await world.post("/api/v1/pipelines/nobody/pause", "{}");
    EXPECT_EQ(unknown.status, 404);
    co_await world.idle();
  });
}

TEST_F(ApiRuns, lists_runs_newest_first_in_pages) {
  world.pipeline("quality");
  world.engine().on_start(succeed);
  world.run([this]() -> boost::asio::awaitable<void> {
    for (int i = 1; i <= 3; ++i) {
      world.put("f" + std::to_string(i), std::to_string(i));
      (void)co_await world.run_in(std::to_string(i), "succeeded");
    }
    auto const first = co_await world.get("/api/v1/runs?limit=2&pipeline=quality&state=succeeded");
    EXPECT_EQ(first.body.at("runs").at(0).at("run_no").as_int64(), 3);
    EXPECT_EQ(first.body.at("next").as_string(), "2");
    auto const second = co_await world.get("/api/v1/runs?limit=2&before=2");
    EXPECT_EQ(second.body.at("runs").as_array().size(), 1U);
    EXPECT_TRUE(second.body.at("next").is_null());
    EXPECT_EQ((co_await world.get("/api/v1/runs?state=nonsense")).status, 422);
    auto const unknown = co_await world.get("/api/v1/runs?pipeline=qualtiy");
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(unknown.body.at("hint").as_string(), "did you mean 'quality'?");
  });
}

TEST_F(ApiRuns, starts_a_run_by_hand_with_parameters) {
  world.pipeline("qc", "params: {threshold: {type: float, default: 2.5, min: 0}}\n", "*.csv");
  world.engine().on_start(succeed);
  world.run([this]() -> boost::asio::awaitable<void> {
    auto const path = world.put("by-hand.txt", "x");
    auto const answer =
        co_await world.post("/api/v1/pipelines/qc/runs", R"({"input": ")" + path + R"(", "params": {"threshold": 3}})");
    EXPECT_EQ(answer.status, 202) << answer.text;
    auto const id = std::string(answer.body.at("run_id").as_string());
    EXPECT_EQ(answer.headers.find("Location"), "/api/v1/runs/" + id);
    auto const run = co_await world.run_in(id, "succeeded");
    EXPECT_EQ(run.at("trigger").as_string(), "manual");
    EXPECT_DOUBLE_EQ(run.at("params").at(0).at("value").to_number<double>(), 3);
    EXPECT_EQ(run.at("params").at(0).at("origin").as_string(), "user");
  });
}

TEST_F(ApiRuns, refuses_what_makes_no_sense_and_says_what_to_do) {
  world.pipeline("qc", "params: {threshold: {type: float, default: 2.5, min: 0}}\n");
  world.run([this]() -> boost::asio::awaitable<void> {
    auto const target = std::string("/api/v1/pipelines/qc/runs");
    EXPECT_EQ((co_await world.post(target, "{}", "text/plain")).status, 415);
    EXPECT_EQ((co_await world.post(target, "{")).status, 422);
    EXPECT_EQ((co_await world.post(target, R"({"input": "relative"})")).status, 422);
    EXPECT_EQ((co_await world.post(target, R"({"input": "/elsewhere/x"})")).status, 422);
    EXPECT_EQ((co_await world.post(target, R"({"params": {"threshold": -1}})")).status, 422);
    auto const misspelt = co_await world.post(target, R"({"parms": {}})");
    EXPECT_EQ(misspelt.status, 422);
    EXPECT_EQ(misspelt.body.at("hint").as_string(), "did you mean 'params'?");
    EXPECT_EQ((co_await world.post("/api/v1/pipelines/none/runs", "{}")).status, 404);
    EXPECT_EQ((co_await world.post("/api/v1/runs/99/cancel", "{}")).status, 404);
    EXPECT_EQ((co_await world.get("/api/v1/runs/99")).status, 404);
    EXPECT_EQ((co_await world.get("/api/v1/pipelines/none/results")).status, 404);
    EXPECT_EQ((co_await world.get("/api/v1/runs")).body.at("runs").as_array().size(), 0U);
  });
}

TEST_F(ApiRuns, cancels_a_running_one_and_retries_it) {
  world.pipeline("qc");
  world.run([this]() -> boost::asio::awaitable<void> {
    world.put("a", "a");
    (void)co_await world.run_in("1", "running");
    EXPECT_EQ((co_await world.post("/api/v1/runs/1/retry", "{}")).status, 409);
    EXPECT_EQ((co_await world.post("/api/v1/runs/1/cancel", "{}")).status, 202);
    (void)co_await world.run_in("1", "cancelled");
    auto const again = co_await world.post("/api/v1/runs/1/rerun", "{}");
    EXPECT_EQ(again.status, 202);
    auto const run = co_await world.run_in("2", "running");
    EXPECT_EQ(run.at("retry_of").as_int64(), 1);
    auto* const container = co_await world.container();
    world.engine().exit(*container, 3);
    auto const failed = co_await world.run_in("2", "failed");
    EXPECT_EQ(failed.at("exit_code").as_int64(), 3);
  });
}

TEST_F(ApiRuns, tells_pipelines_with_their_faults) {
  world.pipeline("qc");
  world.run([this]() -> boost::asio::awaitable<void> {
    world.pipeline("broken", "no_such_key: 1\n");
    boost::json::value broken;
    while (broken.is_null()) {
      auto const answer = co_await world.get("/api/v1/pipelines");
      for (auto const& pipeline : answer.body.at("pipelines").as_array())
        if (pipeline.at("name").as_string() == "broken") broken = pipeline;
    }
    EXPECT_EQ(broken.at("state").as_string(), "invalid");
    EXPECT_NE(broken.at("diagnostics").as_string().find("no_such_key"), std::string::npos);
    auto const shown = co_await world.get("/api/v1/pipelines/" + std::string(broken.at("name").as_string()));
    EXPECT_NE(shown.body.at("file_yaml").as_string().find("no_such_key"), std::string::npos);
    auto const live = co_await world.get("/api/v1/pipelines/qc");
    EXPECT_EQ(live.body.at("state").as_string(), "live");
    EXPECT_EQ(live.body.at("revision").as_int64(), 1);
    EXPECT_TRUE(live.body.at("diagnostics").is_null());
    EXPECT_TRUE(live.body.at("file_yaml").is_null());
    auto const status = co_await world.get("/api/v1/status");
    EXPECT_EQ(status.body.at("pipelines").at("invalid").as_array().size(), 1U);
    EXPECT_EQ(status.body.at("sources").at(0).at("state").as_string(), "watching");
    EXPECT_TRUE(status.body.at("obstacle").is_null());
  });
}

}  // namespace
