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
  /// What one run gets.
  awaitable<core::Result<docker::Image>> wanted(Images& from, PullPolicy policy, std::string reference = "qc:1") {
    ActiveRun run(io.get_executor(), {1}, {1});
    auto image = co_await from.ensure(std::move(reference), policy, run);
    co_return image;
  }
  /// `body` with a group in which pulls go on.
  template <class Body>
  auto in_group(Images& of, Body body) {
    return [this, &of, body = std::move(body)]() mutable -> awaitable<void> {
      aio::TaskGroup pulls(io.get_executor());
      of.begin(pulls);
      co_await body();
      co_await pulls.join();
    };
  }
  core::Result<docker::Image> ensure(PullPolicy policy, std::string const& reference = "qc:1") {
    core::Result<docker::Image> image = docker::Image{};
    auto body = [&]() -> awaitable<void> { image = co_await wanted(images, policy, reference); };
    support::run_coro(io, in_group(images, std::move(body)));
    return image;
  }
  /// So many runs that want the image at one time.
  std::vector<core::Result<docker::Image>> ensure_all(int runs, PullPolicy policy = PullPolicy::missing) {
    std::vector<core::Result<docker::Image>> results;
    auto body = [&]() -> awaitable<void> {
      aio::TaskGroup group(io.get_executor());
      for (int i = 0; i < runs; ++i)
        group.spawn([&]() -> awaitable<void> {
          auto result = co_await wanted(images, policy);
          results.push_back(std::move(result));
        });
      co_await group.join();
    };
    support::run_coro(io, in_group(images, std::move(body)));
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

TEST_F(ImagesTest, case_35_pulls_once_for_all_who_want_it) {
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
  int pulls = 0, given_up = 0;
  void end() { step_.set(); }

  awaitable<core::Result<docker::Image>> inspect_image(std::string reference) override {
    if (here_) co_return docker::Image{};
    co_return core::Error{core::Errc::not_found, "No such image", reference, {}};
  }
  awaitable<core::Result<void>> pull_image(std::string, docker::RegistryLogin, ProgressSink progress) override {
    sink = std::move(progress);
    ++pulls;
    struct Left {
      SlowRegistry& registry;
      bool ended = false;
      ~Left() { registry.given_up += ended ? 0 : 1; }
    } left{*this};
    co_await step_.wait();
    left.ended = here_ = true;
    co_return core::Result<void>();
  }
  awaitable<core::Result<docker::EngineInfo>> ping() override { co_return unexpected(); }
  awaitable<core::Result<void>> remove_image(std::string) override { co_return unexpected(); }
  awaitable<core::Result<docker::EngineInfo>> info() override { co_return unexpected(); }
  awaitable<core::Result<docker::Generation>> generation() override { co_return unexpected(); }
  awaitable<core::Result<docker::ContainerHistory>> history(std::string, core::Wall) override {
    co_return unexpected();
  }
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
  awaitable<core::Result<void>> put_archive_stream(std::string, std::string, docker::TarSource) override {
    co_return unexpected();
  }

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
      auto const image = co_await wanted(slow, PullPolicy::missing);
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
  support::run_coro(io, in_group(slow, std::move(body)));
}

TEST_F(ImagesTest, case_35_the_first_puller_may_be_cancelled_and_the_others_go_on) {
  SlowRegistry registry(io.get_executor());
  Images slow(registry);
  core::Result<docker::Image> first = docker::Image{}, second = core::Error{};
  auto body = [&]() -> awaitable<void> {
    ActiveRun one(io.get_executor(), {1}, {1}), other(io.get_executor(), {2}, {1});
    aio::TaskGroup runs(io.get_executor());
    auto want = [&](ActiveRun& run, core::Result<docker::Image>& got) -> awaitable<void> {
      std::string reference = "qc:1";
      got = co_await slow.ensure(std::move(reference), PullPolicy::missing, run);
    };
    runs.spawn([&] { return want(one, first); });
    co_await aio::sleep_for(1ms);
    runs.spawn([&] { return want(other, second); });
    co_await aio::sleep_for(1ms);
    one.cancel = true;
    one.wake.set();
    co_await aio::sleep_for(1ms);
    EXPECT_EQ(first.error().code, core::Errc::conflict);
    EXPECT_NE(slow.progress("qc:1"), "");
    registry.end();
    co_await runs.join();
  };
  support::run_coro(io, in_group(slow, std::move(body)), 5s);
  EXPECT_TRUE(second);
  EXPECT_EQ(registry.pulls, 1);
  EXPECT_EQ(registry.given_up, 0);
  EXPECT_EQ(slow.progress("qc:1"), "");
}

TEST_F(ImagesTest, case_35_a_pull_that_nobody_waits_for_ends_and_the_next_run_begins_anew) {
  SlowRegistry registry(io.get_executor());
  Images slow(registry);
  auto body = [&]() -> awaitable<void> {
    ActiveRun run(io.get_executor(), {1}, {1}), next(io.get_executor(), {2}, {1});
    aio::TaskGroup runs(io.get_executor());
    auto want = [&](ActiveRun& who) -> awaitable<void> {
      std::string reference = "qc:1";
      (void)co_await slow.ensure(std::move(reference), PullPolicy::missing, who);
    };
    runs.spawn([&] { return want(run); });
    co_await aio::sleep_for(1ms);
    run.cancel = true;
    run.wake.set();
    co_await aio::sleep_for(1ms);
    EXPECT_EQ(registry.given_up, 1);
    EXPECT_EQ(slow.progress("qc:1"), "");
    runs.spawn([&] { return want(next); });
    co_await aio::sleep_for(1ms);
    registry.end();
    co_await runs.join();
  };
  support::run_coro(io, in_group(slow, std::move(body)), 5s);
  EXPECT_EQ(registry.pulls, 2);
}

TEST_F(ImagesTest, stops_its_pulls_with_the_daemon) {
  SlowRegistry registry(io.get_executor());
  Images slow(registry);
  auto body = [&]() -> awaitable<void> {
    aio::TaskGroup all(io.get_executor());
    slow.begin(all);
    all.spawn([&]() -> awaitable<void> { (void)co_await wanted(slow, PullPolicy::missing); });
    co_await aio::sleep_for(1ms);
    all.stop();
    co_await all.join();
  };
  support::run_coro(io, std::move(body), 5s);
  EXPECT_EQ(registry.given_up, 1);
  EXPECT_EQ(slow.progress("qc:1"), "");
}

TEST_F(ImagesTest, shows_the_login_of_the_images_registry) {
  std::vector<std::string> asked;
  Images::Seams seams;
  seams.login = [&asked](std::string registry) -> awaitable<core::Result<docker::RegistryLogin>> {
    asked.push_back(std::move(registry));
    docker::RegistryLogin login;
    login.username = "ci";
    login.password = core::Secret("pw");
    login.source = "a test";
    co_return login;
  };
  Images known(engine, std::move(seams));
  engine.add_image("r.org:5000/qc:1", docker::Image(), true);
  engine.fail(Call::pull_image, core::Error{core::Errc::permission, "pull: unauthorized", "r.org:5000/qc:1", "?"});
  core::Result<docker::Image> refused = docker::Image{}, good = core::Error{};
  auto body = [&]() -> awaitable<void> {
    refused = co_await wanted(known, PullPolicy::missing, "r.org:5000/qc:1");
    good = co_await wanted(known, PullPolicy::missing, "r.org:5000/qc:1");
  };
  support::run_coro(io, in_group(known, std::move(body)));
  EXPECT_EQ(refused.error().hint,
            "r.org:5000 does not take the login of 'ci' from a test; check it, and whether it may pull this image");
  EXPECT_TRUE(good);
  EXPECT_EQ(engine.logins(), (std::vector<std::string>{"pw", "pw"}));
  EXPECT_EQ(asked, (std::vector<std::string>{"r.org:5000", "r.org:5000"}));
}

TEST_F(ImagesTest, case_36_a_login_that_cannot_be_had_stops_the_pull) {
  Images::Seams seams;
  seams.login = [](std::string) -> awaitable<core::Result<docker::RegistryLogin>> {
    co_return core::Error{core::Errc::not_found, "there is no such program", "docker-credential-x", "install it"};
  };
  Images locked(engine, std::move(seams));
  engine.add_image("r.org/qc:1", docker::Image(), true);
  core::Result<docker::Image> image = docker::Image{};
  auto body = [&]() -> awaitable<void> { image = co_await wanted(locked, PullPolicy::missing, "r.org/qc:1"); };
  support::run_coro(io, in_group(locked, std::move(body)));
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code, core::Errc::permission);
  EXPECT_EQ(image.error().message(),
            "docker-credential-x: the login for r.org cannot be had: there is no such program (install it)");
  EXPECT_EQ(engine.calls(Call::pull_image), 0);
}

TEST_F(ImagesTest, tells_which_images_were_not_here_before_a_pull) {
  std::vector<std::string> told;
  Images::Seams seams;
  seams.pulled = [&told](std::string reference, docker::Image) -> awaitable<void> {
    told.push_back(std::move(reference));
    co_return;
  };
  Images counted(engine, std::move(seams));
  engine.add_image("here:1");
  engine.add_image("new:1", docker::Image(), true);
  auto body = [&]() -> awaitable<void> {
    (void)co_await wanted(counted, PullPolicy::always, "here:1");
    (void)co_await wanted(counted, PullPolicy::always, "new:1");
    (void)co_await wanted(counted, PullPolicy::always, "new:1");
    (void)co_await wanted(counted, PullPolicy::missing, "none:1");
  };
  support::run_coro(io, in_group(counted, std::move(body)));
  EXPECT_EQ(told, std::vector<std::string>{"new:1"});
}

TEST(ExplainPull, says_that_no_login_was_shown_and_why) {
  docker::RegistryLogin none;
  none.source = "/etc/config.json has no login for r.org";
  auto const error =
      explain_pull({core::Errc::permission, "pull: no basic auth credentials", "r.org/qc:1", ""}, none, "r.org");
  EXPECT_EQ(error.hint,
            "no login was shown to r.org (/etc/config.json has no login for r.org); write one into `registries` of "
            "tidewheeld.yaml, or name Docker's config.json as `docker_config`");
  EXPECT_EQ(explain_pull({core::Errc::not_found, "pull: manifest unknown", "r.org/qc:1", "h"}, none, "r.org").hint,
            "h");
}

}  // namespace
}  // namespace orchestrator
