#include <gtest/gtest.h>

#include <filesystem>

#include "core/base64.hpp"
#include "core/uri.hpp"
#include "integration/api_world.hpp"

namespace {

using integration::ApiWorld;
using ::testing::Test;

class Why : public Test {
 protected:
  void expect(std::string const& text, std::string const& part) {
    EXPECT_NE(text.find(part), std::string::npos) << "'" << part << "' is not in:\n" << text;
  }
  void let_runs_succeed() {
    world.engine().on_start(
        [](support::FakeEngine& engine, support::FakeContainer& container) { engine.exit(container, 0); });
  }
  ApiWorld world;
};

TEST_F(Why, names_the_run_of_a_handled_file_and_what_became_of_it) {
  world.pipeline("qc");
  let_runs_succeed();
  world.run([this]() -> boost::asio::awaitable<void> {
    auto const path = world.put("a.csv", "1");
    (void)co_await world.run_in("1", "succeeded");
    auto const text = co_await world.why(path);
    expect(text, "Pipeline qc: run 1 is the one for this version.");
    expect(text, "Run 1 of qc is succeeded");
  });
}

TEST_F(Why, tells_same_content_and_the_run_that_handled_it) {
  world.pipeline("qc");
  let_runs_succeed();
  world.run([this]() -> boost::asio::awaitable<void> {
    auto const path = world.put("a.csv", "1");
    (void)co_await world.run_in("1", "succeeded");
    world.put("a.csv", "1");
    world.put("marker", "m");  // its run is the proof that the rewrite has been dealt with
    (void)co_await world.run_in("2", "succeeded");
    co_await world.idle();
    auto const text = co_await world.why(path);
    expect(text, "same content");
    expect(text, "run 1");
  });
}

TEST_F(Why, tells_which_pattern_leaves_a_file_alone) {
  world.pipeline("csv", "", "*.csv");
  world.run([this]() -> boost::asio::awaitable<void> {
    expect(co_await world.why(world.put("a.txt", "1")), "none of its `files` (*.csv) matches a.txt");
    expect(co_await world.why(world.put("a.csv.part", "1")), "an unfinished download (*.part)");
  });
}

TEST_F(Why, tells_that_nobody_watches_there_and_what_is_watched) {
  world.pipeline("qc");
  world.run([this]() -> boost::asio::awaitable<void> {
    auto const text = co_await world.why("/somewhere/else.csv");
    expect(text, "No live pipeline watches a folder above /somewhere/else.csv");
    expect(text, world.data());
    expect(co_await world.why(world.data()), "a watched folder itself");
    expect(co_await world.why(world.data() + "/never-there.csv"), "There is no file never-there.csv");
  });
}

TEST_F(Why, tells_existing_files_apart) {
  auto const path = world.put("old.csv", "old");
  std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
  world.pipeline("qc");
  let_runs_succeed();
  world.run([this, path]() -> boost::asio::awaitable<void> {
    co_await world.idle();
    expect(co_await world.why(path), "Pipeline qc: no run. The file was there before the pipeline was");
    auto const answer = co_await world.get("/api/v1/why?path=" + core::percent_encode(path));
    EXPECT_EQ(answer.body.at("uri").as_string(), core::file_uri(path));
  });
}

TEST_F(Why, names_every_limit_that_a_run_waits_for) {
  world.config().runs = 1;
  world.pipeline("qc", "max_running: 1\n");
  world.run([this]() -> boost::asio::awaitable<void> {
    world.put("a", "a");
    auto* const first = co_await world.container();
    auto const path = world.put("b", "b");
    (void)co_await world.run_in("2", "queued");
    auto const text = co_await world.why(path);
    expect(text, "limits.runs is 1");
    expect(text, "max_running is 1");
    auto const about_run = co_await world.get("/api/v1/why?run=2");
    EXPECT_EQ(about_run.body.at("findings").at(1).at("reason").as_string(), "limit_pipeline");
    EXPECT_EQ((co_await world.get("/api/v1/runs/2")).body.at("waiting").as_array().size(), 2U);
    let_runs_succeed();
    world.engine().exit(*first, 0);
    (void)co_await world.run_in("2", "succeeded");
  });
}

TEST_F(Why, names_the_missing_image_that_holds_a_pipeline) {
  world.pipeline("qc", "pull_policy: never\n");
  world.engine().fail(support::FakeEngine::Call::inspect_image,
                      {core::Errc::not_found, "No such image", "local/r:1", {}}, 1000);
  world.run([this]() -> boost::asio::awaitable<void> {
    auto const path = world.put("a", "a");
    (void)co_await world.run_in("1", "held");
    auto const text = co_await world.why(path);
    expect(text, "local/r:1");
    expect(text, "held");
    auto const pipeline = co_await world.get("/api/v1/pipelines/qc");
    EXPECT_EQ(pipeline.body.at("hold").at("reason").as_string(), "image_unavailable");
  });
}

TEST_F(Why, names_an_engine_that_does_not_answer) {
  world.pipeline("qc");
  world.engine().set_down(true);
  world.run([this]() -> boost::asio::awaitable<void> {
    auto const path = world.put("a", "a");
    (void)co_await world.run_in("1", "queued");
    expect(co_await world.why(path), "Nothing starts at present: fake engine: connect: Connection refused");
    auto const status = co_await world.get("/api/v1/status");
    EXPECT_EQ(status.body.at("obstacle").at("reason").as_string(), "engine_unavailable");
    EXPECT_FALSE(status.body.at("engine").at("answers").as_bool());
    EXPECT_FALSE(status.body.at("idle").as_bool());
  });
}

TEST_F(Why, takes_names_of_any_bytes) {
  world.pipeline("qc");
  let_runs_succeed();
  world.run([this]() -> boost::asio::awaitable<void> {
    auto const path = world.put("b\xff\n.csv", "1");
    auto const run = co_await world.run_in("1", "succeeded");
    auto const answer = co_await world.get("/api/v1/why?path_base64=" + core::percent_encode(core::to_base64(path)));
    EXPECT_EQ(answer.status, 200);
    EXPECT_NE(answer.text.find("run 1 is the one"), std::string::npos) << answer.text;
    EXPECT_EQ(core::percent_decode(std::string(run.at("inputs").at(0).at("uri").as_string())), "file://" + path);
  });
}

TEST_F(Why, wants_one_subject) {
  world.run([this]() -> boost::asio::awaitable<void> {
    EXPECT_EQ((co_await world.get("/api/v1/why")).status, 422);
    EXPECT_EQ((co_await world.get("/api/v1/why?run=1&path=/a")).status, 422);
    EXPECT_EQ((co_await world.get("/api/v1/why?path=relative")).status, 422);
    EXPECT_EQ((co_await world.get("/api/v1/why?run=77")).status, 404);
  });
}

}  // namespace
