#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "core/sha256.hpp"
#include "integration/api_world.hpp"
#include "orchestrator/bulk_answer.hpp"
#include "store/bulk.hpp"

namespace {

using boost::asio::awaitable;
using integration::ApiWorld;
using support::FakeContainer;
using support::FakeEngine;

constexpr auto retry = "/api/v1/runs/retry";

class ApiBulk : public ::testing::Test {
 protected:
  void let_runs_end(int code) {
    world.engine().on_start([code](FakeEngine& engine, FakeContainer& container) { engine.exit(container, code); });
  }
  awaitable<ApiWorld::Answer> post_once(std::string target, std::string body, std::string key) {
    http::Request request("POST", std::move(target));
    request.headers.set("Content-Type", "application/json");
    request.headers.set("Idempotency-Key", key);
    request.body = std::move(body);
    auto response = co_await world.client().send(std::move(request));
    ApiWorld::Answer answer;
    answer.status = response.value().status;
    answer.text = response.value().body;
    answer.body = boost::json::parse(answer.text);
    co_return answer;
  }
  /// `count` runs that failed, numbered from 1 on.
  awaitable<void> fail(int count) {
    let_runs_end(3);
    for (int i = 1; i <= count; ++i) {
      world.put("f" + std::to_string(i), std::to_string(i));
      auto const no = std::to_string(i);
      (void)co_await world.run_in(no, "failed");
    }
  }
  ApiWorld world;
};

TEST_F(ApiBulk, retries_what_a_filter_finds_and_nothing_twice) {
  world.pipeline("qc");
  world.run([this]() -> awaitable<void> {
    co_await fail(3);
    auto const dry = co_await world.post(retry, R"({"pipeline": "qc", "dry_run": true})");
    EXPECT_EQ(dry.status, 200) << dry.text;
    EXPECT_EQ(dry.body.at("runs").as_int64(), 3);
    EXPECT_EQ(dry.body.at("pipelines").at("qc").as_int64(), 3);
    EXPECT_EQ(dry.body.at("list").at(0).at("of").as_int64(), 1);
    EXPECT_TRUE(dry.body.at("list").at(0).at("run_no").is_null());
    EXPECT_TRUE(dry.body.at("complete").as_bool());
    auto const counts = co_await world.get("/api/v1/runs/counts");
    EXPECT_EQ(counts.body.at("counts").at("failed").as_int64(), 3) << "a dry run changes nothing";

    let_runs_end(0);
    auto const done = co_await world.post(retry, R"({"q": "key:f1,f2"})");
    EXPECT_EQ(done.body.at("runs").as_int64(), 2) << done.text;
    auto const again = co_await world.run_in("4", "succeeded");
    EXPECT_EQ(again.at("retry_of").as_int64(), 1);
    EXPECT_EQ(again.at("trigger").as_string(), "retry");
    (void)co_await world.run_in("5", "succeeded");
    auto const rest = co_await world.post(retry, R"({"pipeline": "qc"})");
    EXPECT_EQ(rest.body.at("runs").as_int64(), 1) << rest.text;
    EXPECT_EQ(rest.body.at("left_out").at("repeated_already").as_int64(), 2);
    (void)co_await world.run_in("6", "succeeded");
    auto const none = co_await world.post(retry, R"({"all": true})");
    EXPECT_EQ(none.body.at("runs").as_int64(), 0) << "the good ones are not retried";
    co_await world.idle();
  });
}

TEST_F(ApiBulk, wants_to_know_which) {
  world.pipeline("qc");
  world.run([this]() -> awaitable<void> {
    EXPECT_EQ((co_await world.post(retry, "{}")).status, 422);
    EXPECT_EQ((co_await world.post(retry, R"({"all": false})")).status, 422);
    EXPECT_EQ((co_await world.post(retry, R"({"all": "yes"})")).status, 422);
    EXPECT_EQ((co_await world.post(retry, R"({"state": "running"})")).status, 422);
    EXPECT_EQ((co_await world.post(retry, R"({"q": "stat:x"})")).status, 422);
    EXPECT_EQ((co_await world.post(retry, R"({"all": true, "limit": 0})")).status, 422);
    EXPECT_EQ((co_await world.post(retry, R"({"all": true, "after": "x"})")).status, 422);
    EXPECT_EQ((co_await world.post(retry, R"({"all": true, "after": "0-9223372036854775807"})")).status, 422);
    EXPECT_EQ((co_await world.post(retry, R"({"pipeline": "cq"})")).status, 404);
    EXPECT_EQ((co_await world.post("/api/v1/pipelines/cq/backfill", "{}")).status, 404);
    EXPECT_EQ((co_await world.post("/api/v1/pipelines/qc/backfill", R"({"since": "lately"})")).status, 422);
    EXPECT_EQ((co_await world.post("/api/v1/pipelines/qc/backfill", R"({"after": "9"})")).status, 422);
  });
}

TEST_F(ApiBulk, does_a_request_once_however_often_it_is_sent) {
  world.pipeline("qc");
  world.run([this]() -> awaitable<void> {
    co_await fail(3);
    std::string const body = R"({"pipeline": "qc", "limit": 2})";
    auto const first = co_await post_once(retry, body, "k1");
    EXPECT_EQ(first.body.at("runs").as_int64(), 2) << first.text;
    EXPECT_FALSE(first.body.at("complete").as_bool());
    (void)co_await world.run_in("4", "failed");
    (void)co_await world.run_in("5", "failed");
    auto const second = co_await post_once(retry, body, "k1");
    EXPECT_EQ(second.text, first.text) << "4 and 5 have failed too, and are not repeated by the same request";
    auto const other = co_await post_once(retry, R"({"all": true})", "k1");
    EXPECT_EQ(other.status, 422);
    auto const next = std::string(first.body.at("next").as_string());
    auto const rest = co_await post_once(retry, R"({"pipeline": "qc", "after": ")" + next + R"("})", "k2");
    EXPECT_EQ(rest.body.at("runs").as_int64(), 1) << rest.text;
    EXPECT_EQ(rest.body.at("list").at(0).at("of").as_int64(), 3) << "what was made meanwhile is not among them";
    co_await world.idle();
  });
}

TEST_F(ApiBulk, goes_on_where_a_request_was_when_the_daemon_died) {
  world.pipeline("qc");
  world.run([this]() -> awaitable<void> {
    co_await fail(2);
    std::string const body = R"({"pipeline": "qc"})";
    // As a daemon left it that died behind the first page: run 1 is through.
    auto leave = [&body](sql::Connection& db) {
      auto const caller = db.first(
                                "SELECT 'uid ' || ?", [](sql::Row const& row) { return row.text(0); },
                                static_cast<std::int64_t>(::getuid()))
                              .value();
      store::OnceOnly once;
      once.caller = caller;
      once.key = "k";
      once.request = core::sha256(std::string(retry) + "\n" + body);
      orchestrator::BulkAnswer answer;
      answer.add({"qc", "f1", store::RunNo{1}, store::RunNo{77}});
      store::keep_bulk(db, once, {"1-2", boost::json::serialize(orchestrator::to_json(answer)), false},
                       core::SystemClock().wall());
    };
    co_await world.database().write(store::Lane::run, std::move(leave));
    auto const answer = co_await post_once(retry, body, "k");
    EXPECT_EQ(answer.body.at("runs").as_int64(), 2) << answer.text;
    EXPECT_EQ(answer.body.at("list").at(0).at("run_no").as_int64(), 77);
    EXPECT_EQ(answer.body.at("list").at(1).at("of").as_int64(), 2);
    (void)co_await world.run_in("3", "failed");
    EXPECT_EQ((co_await world.get("/api/v1/runs/4")).status, 404);
    co_await world.idle();
  });
}

TEST_F(ApiBulk, backfills_what_nothing_has_handled) {
  world.put("a.csv", "1");
  world.put("b.csv", "2");
  world.put("c.txt", "3");
  world.run([this]() -> awaitable<void> {
    world.pipeline("qc", {}, "*.csv");
    let_runs_end(0);
    auto const looked = [this]() -> awaitable<std::int64_t> {
      auto const answer = co_await world.post("/api/v1/pipelines/qc/backfill", R"({"dry_run": true})");
      co_return answer.status == 200 ? answer.body.at("runs").as_int64() : -1;
    };
    for (std::int64_t seen = -1; seen != 2;) seen = co_await looked();
    auto const one = co_await world.post("/api/v1/pipelines/qc/backfill", R"({"limit": 1})");
    EXPECT_EQ(one.body.at("runs").as_int64(), 1) << one.text;
    EXPECT_FALSE(one.body.at("complete").as_bool());
    auto const run = co_await world.run_in("1", "succeeded");
    EXPECT_EQ(run.at("trigger").as_string(), "backfill");
    EXPECT_EQ(run.at("inputs").at(0).at("key").as_string(), "a.csv");
    auto const rest = co_await world.post("/api/v1/pipelines/qc/backfill", "{}");
    EXPECT_EQ(rest.body.at("runs").as_int64(), 1) << rest.text;
    EXPECT_EQ(rest.body.at("left_out").at("handled").as_int64(), 1);
    EXPECT_EQ(rest.body.at("list").at(0).at("key").as_string(), "b.csv");
    (void)co_await world.run_in("2", "succeeded");
    auto const none = co_await world.post("/api/v1/pipelines/qc/backfill", "{}");
    EXPECT_EQ(none.body.at("runs").as_int64(), 0);
    co_await world.idle();
  });
}

TEST_F(ApiBulk, the_command_line_says_what_it_would_do_and_what_it_did) {
  world.pipeline("qc");
  world.run([this]() -> awaitable<void> {
    co_await fail(2);
    std::vector<std::string> dry{"retry", "--pipeline", "qc", "--state", "failed", "--since", "1d", "--dry-run"};
    auto const would = co_await world.tidewheel(std::move(dry));
    EXPECT_EQ(would.code, 0) << would.err;
    EXPECT_NE(would.out.find("would retry 2 runs of qc"), std::string::npos) << would.out;
    std::vector<std::string> nothing{"retry"};
    auto const refused = co_await world.tidewheel(std::move(nothing));
    EXPECT_EQ(refused.code, 64) << refused.err;
    EXPECT_NE(refused.err.find("--all"), std::string::npos) << refused.err;
    std::vector<std::string> both{"rerun", "1", "--pipeline", "qc"};
    EXPECT_EQ((co_await world.tidewheel(std::move(both))).code, 64);
    let_runs_end(0);
    std::vector<std::string> all{"rerun", "--all"};
    auto const done = co_await world.tidewheel(std::move(all));
    EXPECT_NE(done.out.find("reran 2 runs of qc"), std::string::npos) << done.out << done.err;
    (void)co_await world.run_in("4", "succeeded");
    std::vector<std::string> back{"backfill", "qc", "--since", "1d"};
    auto const filled = co_await world.tidewheel(std::move(back));
    EXPECT_NE(filled.out.find("backfilled 0 items"), std::string::npos) << filled.out;
    EXPECT_NE(filled.err.find("left out: 2 that have been handled"), std::string::npos) << filled.err;
    co_await world.idle();
  });
}

}  // namespace
