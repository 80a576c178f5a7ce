#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "aio/sleep.hpp"
#include "http/listener.hpp"
#include "integration/api_world.hpp"

namespace integration {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

http::Headers accepting(std::string const& type) {
  http::Headers headers;
  headers.set("Accept", type);
  return headers;
}

TEST(ApiMetrics, tell_of_runs_pipelines_and_sources) {
  ApiWorld world;
  world.pipeline("qc", "expect: {at_least_every: 26h}\n");
  world.engine_requests.answered("start container", 204, 40ms);
  world.engine_requests.failed("start container", core::Errc::timeout, 120s);
  world.run([&]() -> awaitable<void> {
    world.put("a.csv", "x");
    auto* const container = co_await world.container();
    world.engine().exit(*container, 0);
    co_await world.idle();
    ApiWorld::Answer answer;
    auto const end = std::chrono::steady_clock::now() + 20s;
    auto const has = [&answer](char const* what) { return answer.text.find(what) != std::string::npos; };
    bool complete = false;
    do {  // the pulse counts a moment after the commit, and an answer may be put together across that moment
      co_await aio::sleep_for(10ms);
      answer = co_await world.get("/metrics");
      complete = has("tidewheel_runs_total{") && has("tidewheel_last_success_timestamp_seconds{");
    } while (!complete && std::chrono::steady_clock::now() < end);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.headers.find("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
    for (auto const* const line :
         {"tidewheel_runs_total{pipeline=\"qc\",state=\"succeeded\"} 1\n",
          "tidewheel_runs_active{state=\"queued\"} 0\n", "tidewheel_run_duration_seconds_count{pipeline=\"qc\"} 1\n",
          "tidewheel_pipelines{state=\"live\"} 1\n", "tidewheel_pipeline_overdue{pipeline=\"qc\"} 0\n",
          "tidewheel_pipeline_failing{pipeline=\"qc\"} 0\n", "tidewheel_spec_invalid 0\n", "tidewheel_engine_up 1\n",
          "tidewheel_run_stage_seconds_count{pipeline=\"qc\",stage=\"running\"} 1\n",
          "tidewheel_run_stage_seconds_bucket{pipeline=\"qc\",stage=\"queued\",le=\"+Inf\"} 1\n",
          "tidewheel_run_stage_seconds_count{pipeline=\"qc\",stage=\"settling\"} 1\n",
          "tidewheel_docker_requests_total{operation=\"start_container\",code=\"204\"} 1\n",
          "tidewheel_docker_requests_total{operation=\"start_container\",code=\"timeout\"} 1\n",
          "tidewheel_docker_request_duration_seconds_bucket{operation=\"start_container\",le=\"0.05\"} 1\n",
          "tidewheel_docker_request_duration_seconds_sum{operation=\"start_container\"} 120.04\n"})
      EXPECT_THAT(answer.text, HasSubstr(line));
    auto const pipeline = co_await world.get("/api/v1/pipelines/qc");
    EXPECT_EQ(pipeline.body.at("expect").at("rule").as_string(), "at least every 1d2h");
    EXPECT_EQ(pipeline.body.at("expect").at("state").as_string(), "ok");
    EXPECT_EQ(pipeline.body.at("spec").at("expect").as_string(), "at least every 1d2h");
    EXPECT_TRUE(pipeline.body.at("spec").at("notify").as_array().empty());
    EXPECT_THAT(answer.text, HasSubstr("tidewheel_changes_total{source=\"" + world.data() + "\"} 1\n"));
    auto const events = "tidewheel_events_total{source=\"" + world.data() + "\",decision=";
    EXPECT_THAT(answer.text, HasSubstr(events + "\"run\"} 1\n"));
    EXPECT_THAT(answer.text, HasSubstr(events + "\"removed\"} 0\n"));
    EXPECT_THAT(answer.text, HasSubstr("tidewheel_last_success_timestamp_seconds{pipeline=\"qc\"} 1"));
  });
}

TEST(ApiReady, says_what_stands_in_the_way) {
  ApiWorld world;
  world.run([&]() -> awaitable<void> {
    auto const ready = co_await world.get("/readyz?verbose");
    EXPECT_EQ(ready.status, 200) << ready.text;
    EXPECT_EQ(ready.text, "[+] database ok\n[+] engine ok\n[+] registry ok\n[+] disk ok\nready\n");
    co_await aio::sleep_for(1100ms);  // an answer holds for a second
    world.config().min_free = std::int64_t{1} << 60;
    http::Request request("GET", "/readyz");
    request.headers = accepting("application/json");
    auto const full = (co_await world.client().send(std::move(request))).value();
    EXPECT_EQ(full.status, 503);
    EXPECT_THAT(full.body, HasSubstr(R"("ready":false)"));
    EXPECT_THAT(full.body, HasSubstr("storage.min_free"));
  });
}

TEST(ApiWebhooks, are_listed_and_tested_and_their_addresses_kept_secret) {
  auto const folder = std::make_shared<support::TempDir>();
  auto const secret = (*folder / "ops.secret").string();
  std::ofstream(secret) << "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  ::chmod(secret.c_str(), 0600);
  config::Webhooks hooks;
  hooks["ops"].url = "http://127.0.0.1:9/hunter2";  // nobody listens on the discard port
  hooks["ops"].secret = secret;
  ApiWorld world(folder, hooks);
  world.run([&]() -> awaitable<void> {
    auto const list = co_await world.get("/api/v1/webhooks");
    EXPECT_EQ(list.body.at("webhooks").at(0).at("name").as_string(), "ops");
    EXPECT_EQ(list.body.at("webhooks").at(0).at("url").as_string(), "http://127.0.0.1:9");
    auto const tested = co_await world.post("/api/v1/webhooks/ops/test", "{}");
    EXPECT_EQ(tested.status, 200) << tested.text;
    EXPECT_FALSE(tested.body.at("delivered").as_bool());
    EXPECT_EQ((co_await world.post("/api/v1/webhooks/opps/test", "{}")).status, 404);
    EXPECT_EQ((co_await world.post("/api/v1/webhooks/ops/test", "{}", "text/plain")).status, 415);
    std::vector<std::string> const list_command{"webhooks"}, test_command{"webhooks", "test", "ops"},
        unknown_command{"webhooks", "test", "opps"};
    auto const shown = co_await world.tidewheel(list_command);
    EXPECT_EQ(shown.code, 0) << shown.err;
    EXPECT_THAT(shown.out, HasSubstr("ops"));
    EXPECT_THAT(list.text + tested.text + shown.out + shown.err, Not(HasSubstr("hunter2")));
    auto const test = co_await world.tidewheel(test_command);
    EXPECT_EQ(test.code, 1);
    EXPECT_THAT(test.err, HasSubstr("not delivered"));
    EXPECT_EQ((co_await world.tidewheel(unknown_command)).code, 66);
  });
}

}  // namespace
}  // namespace integration
