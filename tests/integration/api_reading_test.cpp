#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "integration/api_world.hpp"

namespace {

using boost::asio::awaitable;
using integration::ApiWorld;
using support::FakeContainer;
using support::FakeEngine;

/// Runs give n = 1, 2, 3, ... in the order of their starts.
class ApiReading : public ::testing::Test {
 protected:
  ApiReading() {
    world.pipeline("qc", yaml);
    world.engine().on_start([this](FakeEngine& engine, FakeContainer& container) {
      container.out["outputs.json"] = R"({"n": )" + std::to_string(++n) + R"(, "label": "=a,\"b\""})";
      engine.exit(container, 0);
    });
  }
  awaitable<void> make_runs(int many) {
    for (int i = 1; i <= many; ++i) {
      world.put("f" + std::to_string(i), std::to_string(i));
      (void)co_await world.run_in(std::to_string(i), "succeeded");
    }
  }
  std::string const yaml =
      "description: What it does\nowner: ana\ntags: [lab]\n"
      "outputs: {n: {type: int, unit: rows, alert: {above: 2}}, label: {type: string}}\n";
  ApiWorld world;
  int n = 0;
};

TEST_F(ApiReading, finds_and_counts_runs_by_the_filter) {
  world.run([this]() -> awaitable<void> {
    co_await make_runs(3);
    auto const found = co_await world.get("/api/v1/runs?q=out.n%3E1%20-key:f3");
    EXPECT_EQ(found.body.at("runs").as_array().size(), 1U);
    EXPECT_EQ(found.body.at("runs").at(0).at("run_no").as_int64(), 2);
    EXPECT_TRUE(found.body.at("complete").as_bool());
    auto const page = co_await world.get("/api/v1/runs?q=pipeline:qc&limit=2");
    EXPECT_EQ(page.body.at("next").as_string(), "2");
    auto const counts = co_await world.get("/api/v1/runs/counts?q=state:succeeded");
    EXPECT_EQ(counts.body.at("counts").at("succeeded").as_int64(), 3);
    auto const wrong = co_await world.get("/api/v1/runs?q=stat:failed");
    EXPECT_EQ(wrong.status, 422);
    EXPECT_NE(wrong.text.find("at character 1"), std::string::npos) << wrong.text;
    EXPECT_EQ(wrong.body.at("hint").as_string(), "did you mean 'state'?");
    EXPECT_EQ((co_await world.get("/api/v1/runs?pipeline=qd")).status, 404);
    EXPECT_EQ((co_await world.get("/api/v1/runs?state=bad")).status, 422);
  });
}

TEST_F(ApiReading, shows_what_lies_around_a_run) {
  world.run([this]() -> awaitable<void> {
    co_await make_runs(3);
    (void)co_await world.post("/api/v1/runs/2/retry", "{}");
    (void)co_await world.run_in("4", "succeeded");
    auto const run = co_await world.get("/api/v1/runs/2");
    EXPECT_EQ(run.body.at("previous").as_int64(), 1);
    EXPECT_EQ(run.body.at("next_run").as_int64(), 3);
    EXPECT_EQ(run.body.at("lineage").at("retried_by").at(0).as_int64(), 4);
    EXPECT_EQ(run.body.at("lineage").at("same_input").at(0).at("run_no").as_int64(), 4);
    EXPECT_TRUE(run.body.at("settled_at").is_string());
    EXPECT_TRUE(run.body.at("detected_at").is_string());
    EXPECT_LE(run.body.at("detected_at").as_string(), run.body.at("settled_at").as_string());
    EXPECT_TRUE(run.body.at("progress_detail").is_null());
    auto const line = std::string(run.body.at("docker_run").as_string());
    EXPECT_NE(line.find("docker run --rm --network none"), std::string::npos) << line;
    EXPECT_NE(line.find(" /in/f2"), std::string::npos) << line;
    auto const retry = co_await world.get("/api/v1/runs/4");
    EXPECT_EQ(retry.body.at("lineage").at("retry_of").as_int64(), 2);
    EXPECT_EQ(retry.body.at("lineage").at("replaces").as_int64(), 2);
    EXPECT_EQ(retry.body.at("outputs").at(1).at("alert").as_string(), "above");
    auto const first = co_await world.get("/api/v1/runs/1");
    EXPECT_TRUE(first.body.at("outputs").at(1).at("alert").is_null());
    EXPECT_TRUE(first.body.at("previous").is_null());
  });
}

TEST_F(ApiReading, draws_the_numbers_of_a_pipeline) {
  world.run([this]() -> awaitable<void> {
    co_await make_runs(3);
    auto const all = co_await world.get("/api/v1/pipelines/qc/series");
    EXPECT_EQ(all.body.at("runs").as_int64(), 3);
    EXPECT_FALSE(all.body.at("bucketed").as_bool());
    auto const& series = all.body.at("series").as_array();
    EXPECT_EQ(series.at(0).at("name").as_string(), "n");
    EXPECT_EQ(series.at(0).at("value"), (boost::json::array{1, 2, 3}));
    EXPECT_EQ(series.at(0).at("run_no"), (boost::json::array{1, 2, 3}));
    EXPECT_EQ(series.at(0).at("unit").as_string(), "rows");
    EXPECT_EQ(series.at(0).at("alert").at("above").to_number<double>(), 2);
    EXPECT_EQ(series.at(1).at("name").as_string(), "duration_s");
    EXPECT_TRUE(all.body.at("marks").as_array().empty());
    auto const one = co_await world.get("/api/v1/pipelines/qc/series?name=input_bytes&runs=2");
    EXPECT_EQ(one.body.at("series").as_array().size(), 1U);
    EXPECT_EQ(one.body.at("series").at(0).at("run_no"), (boost::json::array{2, 3}));
    auto const none = co_await world.get("/api/v1/pipelines/qc/series?to=2020-01-01");
    EXPECT_EQ(none.body.at("runs").as_int64(), 0);
    EXPECT_EQ((co_await world.get("/api/v1/pipelines/qc/series?name=m")).status, 404);
    EXPECT_EQ((co_await world.get("/api/v1/pipelines/qc/series?name=label")).status, 404) << "no number";
    EXPECT_EQ((co_await world.get("/api/v1/pipelines/qc/series?points=3")).status, 422);
    EXPECT_EQ((co_await world.get("/api/v1/pipelines/qc/series?runs=100001")).status, 422);
  });
}

TEST_F(ApiReading, marks_where_another_revision_began) {
  world.run([this]() -> awaitable<void> {
    co_await make_runs(2);
    world.pipeline("qc", yaml + "timeout: 10m\n");
    for (std::int64_t revision = 1; revision < 2;)
      revision = (co_await world.get("/api/v1/pipelines/qc")).body.at("revision").as_int64();
    world.put("f3", "3");
    (void)co_await world.run_in("3", "succeeded");
    auto const marked = co_await world.get("/api/v1/pipelines/qc/series?name=n");
    EXPECT_EQ(marked.body.at("marks").as_array().size(), 1U);
    EXPECT_EQ(marked.body.at("marks").at(0).at("run_no").as_int64(), 3);
    EXPECT_EQ(marked.body.at("marks").at(0).at("revision").as_int64(), 2);
    EXPECT_TRUE(marked.body.at("marks").at(0).at("image_id").is_null());

    auto const list = co_await world.get("/api/v1/pipelines/qc/revisions");
    EXPECT_EQ(list.body.at("revisions").at(0).at("revision").as_int64(), 2);
    EXPECT_EQ(list.body.at("revisions").at(0).at("runs").as_int64(), 1);
    EXPECT_EQ(list.body.at("revisions").at(1).at("runs").as_int64(), 2);
    auto const diff = co_await world.get("/api/v1/pipelines/qc/revisions/2?diff=1");
    EXPECT_EQ(diff.body.at("spec").at("timeout_s").to_number<double>(), 600);
    auto const& lines = diff.body.at("diff").as_array();
    EXPECT_EQ(lines.back().at("op").as_string(), "added");
    EXPECT_EQ(lines.back().at("text").as_string(), "timeout: 10m");
    EXPECT_EQ(lines.front().at("op").as_string(), "same");
    EXPECT_EQ((co_await world.get("/api/v1/pipelines/qc/revisions/3")).status, 404);
    EXPECT_EQ((co_await world.get("/api/v1/pipelines/qc/revisions/0")).status, 404);
    EXPECT_EQ((co_await world.get("/api/v1/pipelines/qc/revisions/x")).status, 422);
  });
}

TEST_F(ApiReading, shows_a_pipeline_with_its_specification) {
  world.run([this]() -> awaitable<void> {
    co_await make_runs(2);
    auto const pipeline = co_await world.get("/api/v1/pipelines/qc");
    EXPECT_EQ(pipeline.body.at("description").as_string(), "What it does");
    EXPECT_EQ(pipeline.body.at("owner").as_string(), "ana");
    EXPECT_EQ(pipeline.body.at("tags").at(0).as_string(), "lab");
    EXPECT_EQ(pipeline.body.at("view").as_string(), "v1_p_qc");
    EXPECT_NE(pipeline.body.at("health").as_string(), "failing");
    EXPECT_EQ(pipeline.body.at("recent").as_array().size(), 2U);
    EXPECT_EQ(pipeline.body.at("recent").at(0).at("run_no").as_int64(), 2);
    EXPECT_NE(std::string(pipeline.body.at("yaml").as_string()).find("name: qc"), std::string::npos);
    EXPECT_EQ(pipeline.body.at("spec").at("outputs").at(0).at("alert").at("above").to_number<double>(), 2);
  });
}

TEST_F(ApiReading, exports_all_pages) {
  world.run([this]() -> awaitable<void> {
    co_await make_runs(3);
    auto const csv = co_await world.get("/api/v1/pipelines/qc/results?format=csv");
    EXPECT_EQ(csv.headers.find("Content-Disposition"), "attachment; filename=\"qc.csv\"");
    EXPECT_TRUE(csv.text.starts_with("run_no,run_id,")) << csv.text;
    EXPECT_EQ(std::ranges::count(csv.text, '\n'), 4);
    EXPECT_NE(csv.text.find(",\"=a,\"\"b\"\"\"\r\n"), std::string::npos) << csv.text;
    auto const guarded = co_await world.get("/api/v1/pipelines/qc/results?format=csv&guard=1");
    EXPECT_NE(guarded.text.find(",\"'=a,"), std::string::npos) << guarded.text;
    auto const lines = co_await world.get("/api/v1/runs?format=ndjson&q=-run:2");
    EXPECT_EQ(std::ranges::count(lines.text, '\n'), 2);
    auto const first = boost::json::parse(lines.text.substr(0, lines.text.find('\n')));
    EXPECT_EQ(first.at("run_no").as_int64(), 3);
    EXPECT_EQ(first.at("input_key").as_string(), "f3");
    EXPECT_EQ((co_await world.get("/api/v1/runs?format=xml")).status, 422);
  });
}

}  // namespace
