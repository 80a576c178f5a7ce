#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "core/ulid.hpp"
#include "docker/engine_client.hpp"
#include "support/run_coro.hpp"

namespace contract {

/// A real engine at $TIDEWHEEL_DOCKER_HOST (default: the local socket) with the image local/busybox:1. No engine is a
/// failure and not a skip: this is where we learn that Docker is as we think. Removes what it created.
class DockerEngine : public testing::Test {
 protected:
  static std::string host() {
    char const* const given = std::getenv("TIDEWHEEL_DOCKER_HOST");
    return given != nullptr ? given : "unix:///var/run/docker.sock";
  }

  template <class Body>
  auto call(Body body) {
    return support::run_coro(io, std::move(body));
  }

  void TearDown() override {
    for (std::string const& id : created_) EXPECT_TRUE(call([&] { return engine.remove(id, true); }));
  }

  std::string unique_name() const { return "tidewheel-contract-" + core::random_hex(6); }

  static docker::ContainerSpec shell(std::string script) {
    docker::ContainerSpec spec;
    spec.image = "local/busybox:1";
    spec.entrypoint = {"/bin/sh", "-c"};
    spec.command = {std::move(script)};
    spec.labels = {{"tidewheel.contract", "1"}};
    spec.stop_timeout = std::chrono::seconds(1);
    return spec;
  }

  /// The id; throws if the engine refused.
  std::string create(docker::ContainerSpec const& spec, std::string name = {}) {
    if (name.empty()) name = unique_name();
    return create_as_said(std::move(name), docker::to_json(spec));
  }

  /// Of a body as the API has it.
  std::string create_as_said(std::string name, std::string const& body) {
    auto const id = call([&] { return engine.create(name, body); });
    created_.push_back(id.value());
    return *id;
  }

  docker::Container run_to_end(docker::ContainerSpec const& spec) {
    auto const id = create(spec);
    call([&] { return engine.start(id); }).value();
    call([&] { return engine.wait(id); }).value();
    return call([&] { return engine.inspect(id); }).value();
  }

  std::vector<docker::LogFrame> read_log(std::string const& id) {
    std::vector<docker::LogFrame> all;
    docker::Engine::FrameSink const sink = [&](std::vector<docker::LogFrame> frames) -> docker::awaitable<void> {
      all.insert(all.end(), frames.begin(), frames.end());
      co_return;
    };
    call([&] { return engine.logs(id, false, sink); }).value();
    return all;
  }

  boost::asio::io_context io{1};
  docker::EngineClient engine{http::Endpoint::parse(host()).value()};

 private:
  std::vector<std::string> created_;
};

}  // namespace contract
