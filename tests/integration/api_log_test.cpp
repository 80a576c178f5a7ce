#include <gtest/gtest.h>

#include "aio/task_group.hpp"
#include "integration/api_world.hpp"

namespace {

using integration::ApiWorld;

TEST(ApiLog, follows_a_run_from_its_first_line_to_its_end) {
  ApiWorld world;
  world.pipeline("qc");
  world.run([&world]() -> boost::asio::awaitable<void> {
    world.put("a", "a");
    auto* const container = co_await world.container();
    world.engine().write_log(*container, docker::Stream::standard_output, "first\n");
    http::Request request("GET", "/api/v1/runs/1/log?follow=1");
    auto const patience = http::Patience::total(std::chrono::seconds(20));
    auto stream = (co_await world.client().open(std::move(request), patience)).value();
    EXPECT_EQ(stream.status(), 200);
    std::string seen;
    auto take = [&](std::string_view piece) -> boost::asio::awaitable<core::Result<void>> {
      seen += piece;
      // Each line is written only after the one before it has been seen, so this never ends unless it is live.
      if (seen == "first\n") world.engine().write_log(*container, docker::Stream::standard_error, "second\n");
      if (seen == "first\nsecond\n") world.engine().exit(*container, 0);
      co_return core::Result<void>();
    };
    http::BodySink sink = std::move(take);
    auto const read = co_await stream.read(std::move(sink));
    EXPECT_TRUE(read) << read.error().message();
    EXPECT_EQ(seen, "first\nsecond\n");
    (void)co_await world.run_in("1", "succeeded");
  });
}

TEST(ApiLog, follows_a_run_that_has_not_started_yet) {
  ApiWorld world;
  world.config().runs = 1;
  world.pipeline("qc");
  world.run([&world]() -> boost::asio::awaitable<void> {
    world.put("a", "a");
    auto* const first = co_await world.container();
    world.put("b", "b");
    (void)co_await world.run_in("2", "queued");
    EXPECT_EQ((co_await world.get("/api/v1/runs/2/log")).status, 404);
    http::Request request("GET", "/api/v1/runs/2/log?follow=1");
    auto const patience = http::Patience::total(std::chrono::seconds(20));
    auto stream = (co_await world.client().open(std::move(request), patience)).value();
    world.engine().on_start([](support::FakeEngine& engine, support::FakeContainer& container) {
      engine.write_log(container, docker::Stream::standard_output, "the second\n");
      engine.exit(container, 0);
    });
    world.engine().exit(*first, 0);
    auto const text = co_await stream.read_all(1000);
    EXPECT_EQ(text.value(), "the second\n");
  });
}

TEST(ApiLog, refuses_attempts_and_formats_that_there_are_not) {
  ApiWorld world;
  world.pipeline("qc");
  world.engine().on_start(
      [](support::FakeEngine& engine, support::FakeContainer& container) { engine.exit(container, 0); });
  world.run([&world]() -> boost::asio::awaitable<void> {
    world.put("a", "a");
    (void)co_await world.run_in("1", "succeeded");
    EXPECT_EQ((co_await world.get("/api/v1/runs/1/log?attempt=2")).status, 404);
    EXPECT_EQ((co_await world.get("/api/v1/runs/1/log?attempt=2&follow=1")).status, 404);
    EXPECT_EQ((co_await world.get("/api/v1/runs/1/log?format=pdf")).status, 422);
    EXPECT_EQ((co_await world.get("/api/v1/runs/7/log")).status, 404);
    EXPECT_EQ((co_await world.get("/api/v1/runs/1/log")).text, "");
  });
}

}  // namespace
