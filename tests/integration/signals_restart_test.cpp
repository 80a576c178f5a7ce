#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aio/sleep.hpp"
#include "integration/signals_world.hpp"

namespace integration {
namespace {

using namespace std::chrono_literals;
using domain::RunState;
using testing::ElementsAre;

class SignalsRestartTest : public testing::Test, public SignalsWorld {};

TEST_F(SignalsRestartTest, what_ended_while_nobody_followed_is_told_once) {
  run([&]() -> awaitable<void> {
    auto const id = co_await pipeline(telling("qc"));
    co_await ends(id, RunState::succeeded);
    co_await until([&] { return signals().counts().ended().contains("qc"); });
    pulse_pace.gather = 1h;  // this life notes the end of the run, and dies before it looks at it
    co_await end();
    co_await start();
    co_await aio::sleep_for(50ms);
    co_await ends(id, RunState::failed);
    co_await end();
    pulse_pace.gather = 1ms;
    co_await start();
    co_await until_delivered();
    co_await end();
    co_await start();
    co_await ends(id, RunState::succeeded);  // something later arrives, so nothing else is on its way
    co_await until([&] { return receiver().distinct().size() >= 2; });
    EXPECT_THAT(receiver().distinct(), ElementsAre("run.failed.v1", "pipeline.recovered.v1"));
    EXPECT_EQ(receiver().received().size(), 2U);
  });
}

TEST_F(SignalsRestartTest, what_was_not_sent_yet_is_sent_in_the_next_life) {
  receiver().answer = [](std::size_t, Received const&) -> awaitable<http::Reply> { co_return http::Reply(503); };
  webhooks_pace.first_pause = 100ms;
  run([&]() -> awaitable<void> {
    auto const id = co_await pipeline(telling("qc"));
    co_await ends(id, RunState::failed);
    co_await until([&] { return !receiver().received().empty(); });
    co_await end();
    receiver().answer = nullptr;
    co_await start();
    co_await until_delivered();
    EXPECT_THAT(receiver().distinct(), ElementsAre("run.failed.v1"));
  });
}

TEST_F(SignalsRestartTest, what_was_sent_and_not_noted_comes_again_by_the_same_id) {
  receiver().answer = [](std::size_t n, Received const&) -> awaitable<http::Reply> {
    if (n == 1) co_await aio::sleep_for(30s);  // it has it, and the daemon dies before it hears so
    co_return http::Reply(204);
  };
  run([&]() -> awaitable<void> {
    auto const id = co_await pipeline(telling("qc"));
    co_await ends(id, RunState::failed);
    co_await until([&] { return receiver().received().size() == 1; });
    co_await end();
    co_await start();
    co_await until_delivered();
    EXPECT_EQ(receiver().received().size(), 2U);
    EXPECT_EQ(receiver().received()[0].id, receiver().received()[1].id);
    EXPECT_TRUE(receiver().received()[1].signature_is_good);
  });
}

TEST_F(SignalsRestartTest, an_overdue_that_was_told_is_not_told_by_the_next_life) {
  run([&]() -> awaitable<void> {
    auto spec = telling("qc");
    spec.expect.emplace().at_least_every = 100ms;
    (void)co_await pipeline(std::move(spec));
    co_await until_delivered();
    co_await end();
    co_await start();
    auto const other = co_await pipeline(telling("other"));
    co_await ends(other, RunState::failed);
    co_await until([&] { return receiver().received().size() >= 2; });
    EXPECT_THAT(receiver().distinct(), ElementsAre("pipeline.overdue.v1", "run.failed.v1"));
  });
}

TEST_F(SignalsRestartTest, a_deadline_that_passes_at_the_start_waits_until_sources_had_their_time) {
  run([&]() -> awaitable<void> {
    auto spec = telling("qc");
    spec.expect.emplace().at_least_every = 300ms;
    auto const id = co_await pipeline(std::move(spec));
    co_await ends(id, RunState::succeeded);
    co_await end();
    co_await aio::sleep_for(400ms);  // the deadline goes by while nothing runs
    pulse_pace.start_hold = 20s;
    co_await start();
    co_await ends(id, RunState::failed);
    co_await until_delivered();
    EXPECT_THAT(receiver().distinct(), ElementsAre("run.failed.v1")) << "and not overdue";
  });
}

}  // namespace
}  // namespace integration
