#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "aio/sleep.hpp"
#include "integration/signals_world.hpp"

namespace integration {
namespace {

using namespace std::chrono_literals;
using domain::RunState;
using testing::ElementsAre;
using testing::HasSubstr;

bool given_up(store::WebhookState const& state) {
  return state.given_up > 0;
}
bool troubled(store::WebhookState const& state) {
  return !state.error.empty();
}

class SignalsTest : public testing::Test, public SignalsWorld {
 protected:
  void expect_good_signatures() {
    for (auto const& got : receiver().received()) EXPECT_TRUE(got.signature_is_good) << got.id;
  }
  std::size_t posts() { return receiver().received().size(); }
};

TEST_F(SignalsTest, failing_and_recovering_arrive_once_each_and_signed) {
  run([&]() -> awaitable<void> {
    auto const id = co_await pipeline(telling("qc"));
    co_await ends(id, RunState::succeeded);
    co_await ends(id, RunState::failed);
    co_await ends(id, RunState::timed_out);
    co_await until([&] { return posts() == 1; });
    co_await ends(id, RunState::succeeded);
    co_await ends(id, RunState::succeeded);
    co_await until([&] { return posts() == 2; });
    co_await until_delivered();
    EXPECT_THAT(receiver().distinct(), ElementsAre("run.failed.v1", "pipeline.recovered.v1"));
    EXPECT_EQ(posts(), 2U);
    expect_good_signatures();
  });
}

TEST_F(SignalsTest, an_alert_arrives_once_and_so_does_its_end) {
  run([&]() -> awaitable<void> {
    auto spec = telling("qc");
    domain::OutputSpec output;
    output.name = "outliers";
    output.type = domain::ValueType::integer;
    output.alert_above = 50;
    spec.outputs = {output};
    auto const id = co_await pipeline(std::move(spec));
    for (std::int64_t const n : {1, 51, 99, 2}) {
      std::vector<store::OutputRow> outputs{{"outliers", domain::ValueType::integer, n, ""}};
      co_await ends(id, RunState::succeeded, std::move(outputs));
    }
    co_await until([&] { return posts() == 2; });
    co_await until_delivered();
    EXPECT_THAT(receiver().distinct(), ElementsAre("output.alert.v1", "pipeline.recovered.v1"));
    EXPECT_EQ(receiver().received()[0].event.at("data").at("value").as_int64(), 51);
    expect_good_signatures();
  });
}

TEST_F(SignalsTest, overdue_arrives_by_the_clock_alone_and_its_end_with_the_data) {
  run([&]() -> awaitable<void> {
    auto spec = telling("qc");
    spec.expect.emplace().at_least_every = 200ms;
    auto const id = co_await pipeline(std::move(spec));
    co_await until([&] { return posts() == 1; });
    EXPECT_THAT(receiver().distinct(), ElementsAre("pipeline.overdue.v1"));
    co_await ends(id, RunState::succeeded);
    co_await until([&] { return posts() >= 2; });
    EXPECT_EQ(receiver().received()[1].type, "io.tidewheel.pipeline.recovered.v1");
    expect_good_signatures();
  });
}

TEST_F(SignalsTest, a_receiver_that_fails_gets_the_same_event_again) {
  receiver().answer = [](std::size_t n, Received const&) -> awaitable<http::Reply> {
    co_return http::Reply(n < 3 ? 500 : 200);
  };
  run([&]() -> awaitable<void> {
    auto const id = co_await pipeline(telling("qc"));
    co_await ends(id, RunState::failed);
    co_await until_delivered();
    EXPECT_EQ(posts(), 3U);
    EXPECT_THAT(receiver().distinct(), ElementsAre("run.failed.v1")) << "webhook-id stays the same";
    expect_good_signatures();
    auto const counts = signals().webhooks().counts().at("ops");
    EXPECT_EQ(counts.failed, 2);
    EXPECT_EQ(counts.delivered, 1);
  });
}

TEST_F(SignalsTest, a_receiver_that_is_down_gets_everything_when_it_is_up) {
  run([&]() -> awaitable<void> {
    co_await receiver().stop();
    auto const id = co_await pipeline(telling("qc"));
    co_await ends(id, RunState::failed);
    co_await ends(id, RunState::succeeded);
    (void)co_await until_state([](auto const& now) { return !now.error.empty() && now.waiting == 2; });
    receiver().start();
    co_await until_delivered();
    EXPECT_THAT(receiver().distinct(), ElementsAre("run.failed.v1", "pipeline.recovered.v1"));
    EXPECT_EQ(posts(), 2U);
  });
}

TEST_F(SignalsTest, a_receiver_says_when_to_come_again) {
  std::vector<std::chrono::steady_clock::time_point> times;
  receiver().answer = [&times](std::size_t n, Received const&) -> awaitable<http::Reply> {
    times.push_back(std::chrono::steady_clock::now());
    http::Reply reply(n == 1 ? 429 : 204);
    if (n == 1) reply.headers.set("Retry-After", "1");
    co_return reply;
  };
  run([&]() -> awaitable<void> {
    auto const id = co_await pipeline(telling("qc"));
    co_await ends(id, RunState::failed);
    co_await until_delivered();
    EXPECT_EQ(times.size(), 2U);
    EXPECT_GE(times.at(1) - times.at(0), 990ms);
  });
}

TEST_F(SignalsTest, gone_is_gone_and_is_shown) {
  receiver().answer = [](std::size_t, Received const&) -> awaitable<http::Reply> { co_return http::Reply(410); };
  run([&]() -> awaitable<void> {
    auto const id = co_await pipeline(telling("qc"));
    co_await ends(id, RunState::failed);
    auto const found = co_await until_state(given_up);
    EXPECT_EQ(found.given_up, 1);
    EXPECT_EQ(found.waiting, 0);
    EXPECT_THAT(found.error, HasSubstr("410"));
    EXPECT_EQ(posts(), 1U);
  });
}

TEST_F(SignalsTest, what_failed_for_too_long_is_given_up) {
  webhooks_pace.give_up = 1ms;
  receiver().answer = [](std::size_t, Received const&) -> awaitable<http::Reply> { co_return http::Reply(500); };
  run([&]() -> awaitable<void> {
    auto const id = co_await pipeline(telling("qc"));
    co_await ends(id, RunState::failed);
    auto const found = co_await until_state(given_up);
    EXPECT_THAT(found.error, HasSubstr("given up after"));
  });
}

TEST_F(SignalsTest, one_that_hangs_delays_no_other) {
  receiver().answer = [](std::size_t, Received const& got) -> awaitable<http::Reply> {
    if (got.path == "/slow") co_await aio::sleep_for(30s);
    co_return http::Reply(204);
  };
  run([&]() -> awaitable<void> {
    auto const slow = co_await pipeline(telling("slow", "slow"));
    co_await ends(slow, RunState::failed);
    co_await until([&] { return posts() == 1; });
    auto const id = co_await pipeline(telling("qc"));
    co_await ends(id, RunState::failed);
    co_await until_delivered("ops");
    EXPECT_EQ((co_await state("slow")).waiting, 1) << "it still hangs";
  });
}

TEST_F(SignalsTest, redirects_are_not_followed) {
  receiver().answer = [](std::size_t, Received const&) -> awaitable<http::Reply> {
    http::Reply reply(307);
    reply.headers.set("Location", "/elsewhere");
    co_return reply;
  };
  run([&]() -> awaitable<void> {
    auto const id = co_await pipeline(telling("qc"));
    co_await ends(id, RunState::failed);
    auto const found = co_await until_state(troubled);
    EXPECT_THAT(found.error, HasSubstr("redirects are not followed"));
    EXPECT_TRUE(receiver().distinct("/elsewhere").empty());
  });
}

TEST_F(SignalsTest, a_secret_that_everybody_may_read_signs_nothing) {
  ::chmod(secret_file().c_str(), 0644);
  run([&]() -> awaitable<void> {
    auto const id = co_await pipeline(telling("qc"));
    co_await ends(id, RunState::failed);
    auto const found = co_await until_state(troubled);
    EXPECT_THAT(found.error, HasSubstr("chmod 0640"));
    EXPECT_EQ(posts(), 0U);
    ::chmod(secret_file().c_str(), 0640);
    co_await until_delivered();
    expect_good_signatures();
  });
}

TEST_F(SignalsTest, a_test_is_sent_at_once_and_says_what_came_back) {
  run([&]() -> awaitable<void> {
    auto const good = co_await signals().webhooks().test("ops");
    EXPECT_TRUE(good.value().delivered);
    EXPECT_THAT(receiver().distinct(), ElementsAre("webhook.test.v1"));
    expect_good_signatures();
    receiver().answer = [](std::size_t, Received const&) -> awaitable<http::Reply> { co_return http::Reply(404); };
    auto const bad = co_await signals().webhooks().test("ops");
    EXPECT_EQ(bad.value().status, 404);
    EXPECT_THAT(bad.value().error, HasSubstr("404 Not Found"));
    auto const unknown = co_await signals().webhooks().test("opps");
    EXPECT_THAT(unknown.error().hint, HasSubstr("did you mean 'ops'?"));
  });
}

}  // namespace
}  // namespace integration
