#include "orchestrator/images.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "aio/event.hpp"
#include "aio/sleep.hpp"
#include "aio/task_group.hpp"
#include "support/fake_engine.hpp"
#include "support/run_coro.hpp"

namespace orchestrator {
namespace {

using namespace std::chrono_literals;
using domain::PullPolicy;
using Call = support::FakeEngine::Call;

class ImagesTest : public testing::Test {
 protected:
  core::Result<docker::Image> ensure(PullPolicy policy, std::string const& reference = "qc:1") {
    auto body = [&] { return images.ensure(reference, policy); };
    return support::run_coro(io, std::move(body));
  }
  /// So many runs that want the image at one time.
  std::vector<core::Result<docker::Image>> ensure_all(int runs, PullPolicy policy = PullPolicy::missing) {
    std::vector<core::Result<docker::Image>> results;
    auto body = [&]() -> awaitable<void> {
      aio::TaskGroup group(io.get_executor());
      for (int i = 0; i < runs; ++i)
        group.spawn([&]() -> awaitable<void> {
          std::string reference = "qc:1";
          auto result = co_await images.ensure(std::move(reference), policy);
          results.push_back(std::move(result));
        });
      co_await group.join();
    };
    support::run_coro(io, std::move(body));
    return results;
  }

  boost::asio::io_context io{1};
  support::FakeEngine engine{io.get_executor()};
  Images images{engine};
};

TEST_F(ImagesTest, pulls_only_what_is_missing) {
  engine.add_image("qc:1");
  ASSERT_TRUE(ensure(PullPolicy::missing));
  EXPECT_EQ(engine.calls(Call::pull_image), 0);
  engine.add_image("new:1", docker::Image(), true);
  ASSERT_TRUE(ensure(PullPolicy::missing, "new:1"));
  EXPECT_EQ(engine.calls(Call::pull_image), 1);
}

TEST_F(ImagesTest, pulls_always_where_that_is_wished) {
  engine.add_image("qc:1");
  ASSERT_TRUE(ensure(PullPolicy::always));
  ASSERT_TRUE(ensure(PullPolicy::always));
  EXPECT_EQ(engine.calls(Call::pull_image), 2);
}

TEST_F(ImagesTest, never_pulls_where_that_is_wished) {
  engine.add_image("qc:1", docker::Image(), true);
  auto const image = ensure(PullPolicy::never);
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code, core::Errc::not_found);
  EXPECT_EQ(image.error().subject, "qc:1");
  EXPECT_NE(image.error().hint.find("docker pull"), std::string::npos);
  EXPECT_EQ(engine.calls(Call::pull_image), 0);
}

TEST_F(ImagesTest, says_that_there_is_no_such_image_anywhere) {
  auto const image = ensure(PullPolicy::missing);
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code, core::Errc::not_found);
}

TEST_F(ImagesTest, does_not_take_a_silent_engine_for_a_missing_image) {
  engine.set_down(true);
  auto const image = ensure(PullPolicy::missing);
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code, core::Errc::unavailable);
  EXPECT_EQ(engine.calls(Call::pull_image), 0);
}

TEST_F(ImagesTest, pulls_once_for_all_who_want_it) {
  engine.add_image("qc:1", docker::Image(), true);
  auto const results = ensure_all(10);
  ASSERT_EQ(results.size(), 10U);
  for (auto const& result : results) EXPECT_TRUE(result);
  EXPECT_EQ(engine.calls(Call::pull_image), 1);
}

TEST_F(ImagesTest, tells_a_failure_to_all_and_tries_again_for_the_next) {
  engine.add_image("qc:1", docker::Image(), true);
  engine.fail(Call::pull_image,
              core::Error{core::Errc::permission, "denied: requested access to the resource is denied", "qc:1", {}});
  auto const results = ensure_all(10);
  ASSERT_EQ(results.size(), 10U);
  for (auto const& result : results) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, core::Errc::permission);
  }
  EXPECT_EQ(engine.calls(Call::pull_image), 1);
  EXPECT_TRUE(ensure(PullPolicy::missing));
  EXPECT_EQ(images.progress("qc:1"), "");
}

/// A registry whose pull goes on step by step, as the test says. Nothing else is ever asked of it here.
class SlowRegistry final : public docker::Engine {
 public:
  explicit SlowRegistry(boost::asio::any_io_executor executor) : step_(std::move(executor)) {}
  ProgressSink sink;
  void end() { step_.set(); }

  awaitable<core::Result<docker::Image>> inspect_image(std::string reference) override {
    if (here_) co_return docker::Image{};
    co_return core::Error{core::Errc::not_found, "No such image", reference, {}};
  }
  awaitable<core::Result<void>> pull_image(std::string, ProgressSink progress) override {
    sink = std::move(progress);
    co_await step_.wait();
    here_ = true;
    co_return core::Result<void>();
  }
  awaitable<core::Result<docker::EngineInfo>> ping() override { co_return unexpected(); }
  awaitable<core::Result<std::string>> create(std::string, std::string) override { co_return unexpected(); }
  awaitable<core::Result<void>> start(std::string) override { co_return unexpected(); }
  awaitable<core::Result<void>> wait(std::string) override { co_return unexpected(); }
  awaitable<core::Result<docker::Container>> inspect(std::string) override { co_return unexpected(); }
  awaitable<core::Result<std::vector<docker::ContainerSummary>>> list(std::string) override { co_return unexpected(); }
  awaitable<core::Result<void>> stop(std::string, std::chrono::seconds) override { co_return unexpected(); }
  awaitable<core::Result<void>> kill(std::string, std::string) override { co_return unexpected(); }
  awaitable<core::Result<void>> remove(std::string, bool) override { co_return unexpected(); }
  awaitable<core::Result<void>> logs(std::string, bool, FrameSink) override { co_return unexpected(); }
  awaitable<core::Result<void>> get_archive(std::string, std::string, ByteSink) override { co_return unexpected(); }
  awaitable<core::Result<void>> put_archive(std::string, std::string, std::string) override { co_return unexpected(); }

 private:
  static core::Error unexpected() { return {core::Errc::internal, "not expected", {}, {}}; }
  aio::Event step_;
  bool here_ = false;
};

TEST_F(ImagesTest, tells_how_far_a_pull_is) {
  SlowRegistry registry(io.get_executor());
  Images slow(registry);
  auto body = [&]() -> awaitable<void> {
    aio::TaskGroup group(io.get_executor());
    group.spawn([&]() -> awaitable<void> {
      std::string reference = "qc:1";
      auto const image = co_await slow.ensure(std::move(reference), PullPolicy::missing);
      EXPECT_TRUE(image);
    });
    co_await aio::sleep_for(1ms);
    EXPECT_EQ(slow.progress("qc:1"), "pulling, 0 of 0 layers, 0 B of 0 B");
    registry.sink({"Pulling from library/qc", "", 0, 0});
    registry.sink({"Downloading", "layer1", 512, 2048});
    registry.sink({"Already exists", "layer2", 0, 0});
    EXPECT_EQ(slow.progress("qc:1"), "pulling, 1 of 2 layers, 512 B of 2.0 KiB");
    registry.sink({"Download complete", "layer1", 0, 0});
    registry.sink({"Extracting", "layer1", 1024, 2048});
    EXPECT_EQ(slow.progress("qc:1"), "pulling, 1 of 2 layers, 1.0 KiB of 2.0 KiB");
    registry.sink({"Pull complete", "layer1", 0, 0});
    EXPECT_EQ(slow.progress("qc:1"), "pulling, 2 of 2 layers, 2.0 KiB of 2.0 KiB");
    EXPECT_EQ(slow.progress("other:1"), "");
    registry.end();
    co_await group.join();
    EXPECT_EQ(slow.progress("qc:1"), "");
  };
  support::run_coro(io, std::move(body));
}

TEST_F(ImagesTest, does_not_leave_the_others_waiting_for_a_pull_that_was_given_up) {
  SlowRegistry registry(io.get_executor());
  Images slow(registry);
  core::Result<docker::Image> told = docker::Image{};
  auto body = [&]() -> awaitable<void> {
    aio::TaskGroup first(io.get_executor()), second(io.get_executor());
    first.spawn([&]() -> awaitable<void> {
      std::string reference = "qc:1";
      (void)co_await slow.ensure(std::move(reference), PullPolicy::missing);
    });
    co_await aio::sleep_for(1ms);
    second.spawn([&]() -> awaitable<void> {
      std::string reference = "qc:1";
      told = co_await slow.ensure(std::move(reference), PullPolicy::missing);
    });
    co_await aio::sleep_for(1ms);
    first.stop();
    co_await first.join();
    co_await second.join();
  };
  support::run_coro(io, std::move(body), 5s);
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().code, core::Errc::unavailable);
  EXPECT_EQ(slow.progress("qc:1"), "");
}

}  // namespace
}  // namespace orchestrator
