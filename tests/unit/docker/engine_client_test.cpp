#include "docker/engine_client.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <memory>

#include "http/server.hpp"
#include "support/run_coro.hpp"
#include "support/temp_dir.hpp"

using core::Errc;
using docker::EngineClient;
using http::Reply;
using http::RequestContext;

namespace {

namespace asio = boost::asio;
using docker::awaitable;

/// What other engines than the one of the contract test answer, spoken by our own server.
class EngineClientTest : public testing::Test {
 protected:
  EngineClientTest() { start(); }
  ~EngineClientTest() override { stop(); }

  void start() {
    server = std::make_unique<http::Server>(
        io.get_executor(), [this](RequestContext request) { return answer(std::move(request)); }, nullptr);
    server->add(http::Listener::unix_socket(path, 0600).value());
    stopped = false;
    asio::co_spawn(
        io, [this] { return server->run(); },
        asio::bind_cancellation_slot(cancel.slot(), [this](std::exception_ptr) { stopped = true; }));
  }
  void stop() {
    cancel.emit(asio::cancellation_type::terminal);
    io.restart();
    while (!stopped && io.run_one() != 0) {
    }
  }

  awaitable<Reply> answer(RequestContext request) {
    seen.push_back(request.method + " " + request.target);
    registry_auth = std::string(request.headers.find("X-Registry-Auth").value_or(""));
    if (request.path == "/version") co_return Reply::json(200, version);
    co_return Reply::json(status, body);
  }

  template <class Body>
  auto call(Body start_call) {
    return support::run_coro(io, std::move(start_call));
  }
  std::size_t negotiations() const { return static_cast<std::size_t>(std::ranges::count(seen, "GET /version")); }

  std::string registry_auth;  ///< of the last request
  support::TempDir dir;
  std::string path = dir.string() + "/docker.sock";
  asio::io_context io{1};
  asio::cancellation_signal cancel;
  bool stopped = true;
  std::unique_ptr<http::Server> server;
  std::vector<std::string> seen;
  std::string version = R"({"Version":"27.0","ApiVersion":"1.46","MinAPIVersion":"1.24","Os":"linux","Arch":"arm64"})";
  int status = 200;
  std::string body = "[]";
  EngineClient engine{http::Endpoint::unix_socket(path)};
};

}  // namespace

TEST_F(EngineClientTest, negotiates_once_and_uses_the_version) {
  ASSERT_TRUE(call([&] { return engine.list("a=b c"); }));
  ASSERT_TRUE(call([&] { return engine.list("a=b c"); }));
  EXPECT_EQ(negotiations(), 1U);
  EXPECT_EQ(seen.back(), "GET /v1.46/containers/json?all=1&filters=%7B%22label%22%3A%5B%22a%3Db%20c%22%5D%7D");
}

TEST_F(EngineClientTest, case_53_negotiates_again_with_an_engine_that_came_back) {
  ASSERT_TRUE(call([&] { return engine.list("a=b"); }));
  stop();
  EXPECT_EQ(call([&] { return engine.list("a=b"); }).error().code, Errc::unavailable);
  version = R"({"Version":"20.10","ApiVersion":"1.41","MinAPIVersion":"1.12"})";
  start();
  ASSERT_TRUE(call([&] { return engine.list("a=b"); }));
  EXPECT_EQ(negotiations(), 2U);
  EXPECT_EQ(seen.back().substr(0, 9), "GET /v1.4");
  EXPECT_NE(seen.back().find("/v1.41/"), std::string::npos);
}

TEST_F(EngineClientTest, case_53_says_so_when_the_engine_is_too_new) {
  version = R"({"Version":"99","ApiVersion":"1.90","MinAPIVersion":"1.60"})";
  auto const list = call([&] { return engine.list("a=b"); });
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().code, Errc::unsupported);
  EXPECT_NE(list.error().operation.find("1.60"), std::string::npos);
}

TEST_F(EngineClientTest, create_tells_a_missing_image_from_a_missing_network) {
  status = 404;
  body = R"({"message":"No such image: x:1"})";
  auto const no_image = call([&] { return engine.create("n", "{}"); });
  EXPECT_EQ(no_image.error().code, Errc::not_found);
  EXPECT_EQ(no_image.error().hint, "pull the image");
  body = R"({"message":"network lan not found"})";
  EXPECT_EQ(call([&] { return engine.create("n", "{}"); }).error().code, Errc::invalid);
}

TEST_F(EngineClientTest, case_54_reads_podmans_duplicate_name_as_conflict) {
  status = 500;
  body = R"({"cause":"that name is already in use",)"
         R"("message":"creating container storage: the container name \"n\" is already in use by x","response":500})";
  EXPECT_EQ(call([&] { return engine.create("n", "{}"); }).error().code, Errc::conflict);
}

TEST_F(EngineClientTest, takes_304_as_done_for_start_and_stop) {
  status = 304;
  body = "";
  EXPECT_TRUE(call([&] { return engine.start("c"); }));
  EXPECT_TRUE(call([&] { return engine.stop("c", std::chrono::seconds(3)); }));
  EXPECT_EQ(seen.back(), "POST /v1.46/containers/c/stop?t=3");
}

TEST_F(EngineClientTest, counts_what_the_engine_answered_and_what_it_did_not) {
  ASSERT_TRUE(call([&] { return engine.list("a=b"); }));
  ASSERT_TRUE(call([&] { return engine.list("a=b"); }));
  status = 404;
  body = R"({"message":"No such container: c"})";
  EXPECT_FALSE(call([&] { return engine.inspect("c"); }));
  docker::Engine::FrameSink const sink = [](std::vector<docker::LogFrame>) -> awaitable<void> { co_return; };
  EXPECT_FALSE(call([&] { return engine.logs("c", true, sink); }));
  stop();
  EXPECT_FALSE(call([&] { return engine.list("a=b"); }));
  using Codes = std::map<std::string, std::int64_t>;
  std::map<std::string, Codes> const expected{{"ask_for_the_version", {{"200", 1}}},
                                              {"inspect_container", {{"404", 1}}},
                                              {"list_containers", {{"200", 2}, {"unavailable", 1}}},
                                              {"read_log", {{"404", 1}}}};
  EXPECT_EQ(engine.requests().answers(), expected);
  auto const& durations = engine.requests().durations();
  EXPECT_EQ(durations.at("list_containers").count(), 2) << "nobody was there to take time";
  EXPECT_GT(durations.at("list_containers").sum(), 0);
}

TEST(RequestCounts, a_timeout_counts_as_long_as_it_took) {
  using namespace std::chrono_literals;
  docker::RequestCounts counts;
  counts.answered("start container", 204, 40ms);
  counts.failed("start container", Errc::timeout, 120s);
  counts.failed("start container", Errc::unavailable, 1ms);
  auto const& took = counts.durations().at("start_container");
  EXPECT_EQ(took.count(), 2);
  EXPECT_EQ(took.upto()[4], 1) << "up to 0.1 s";
  EXPECT_EQ(counts.answers().at("start_container").at("timeout"), 1);
  EXPECT_EQ(counts.answers().at("start_container").at("unavailable"), 1);
}

TEST_F(EngineClientTest, never_sends_an_empty_id) {
  status = 404;
  body = "{}";
  EXPECT_FALSE(call([&] { return engine.inspect(""); }));
  EXPECT_EQ(seen.back(), "GET /v1.46/containers/-/json");
}

TEST_F(EngineClientTest, pulls_by_digest_rather_than_by_tag) {
  body = R"({"status":"Pulling"})";
  std::string const digest = "sha256:" + std::string(64, 'a');
  std::vector<std::string> progress;
  docker::Engine::ProgressSink const sink = [&](docker::PullProgress const& record) {
    progress.push_back(record.status);
  };
  EXPECT_TRUE(call([&] { return engine.pull_image("r.org:5000/a/b:1@" + digest, {}, sink); }));
  EXPECT_EQ(seen.back(),
            "POST /v1.46/images/create?fromImage=r.org%3A5000%2Fa%2Fb&tag=sha256%3A" + std::string(64, 'a'));
  EXPECT_EQ(progress, std::vector<std::string>{"Pulling"});
  EXPECT_TRUE(call([&] { return engine.pull_image("busybox", {}, sink); }));
  EXPECT_EQ(seen.back(), "POST /v1.46/images/create?fromImage=busybox&tag=latest")
      << "no tag at all would pull every one";
}

TEST_F(EngineClientTest, shows_a_login_to_the_registry_through_the_engine) {
  body = "{}";
  EXPECT_TRUE(call([&] { return engine.pull_image("r.org:5000/a:1", {}, nullptr); }));
  EXPECT_EQ(registry_auth, "");
  docker::RegistryLogin login;
  login.username = "ci";
  login.password = core::Secret("pw");
  EXPECT_TRUE(call([&] { return engine.pull_image("r.org:5000/a:1", login, nullptr); }));
  EXPECT_EQ(registry_auth, docker::registry_auth(login, "r.org:5000").reveal());
}

TEST_F(EngineClientTest, case_34_reads_a_failed_pull_by_its_message_whatever_the_status) {
  status = 500;
  body = R"({"message":"manifest for busybox:9 not found: manifest unknown"})";
  auto const pulled = call([&] { return engine.pull_image("busybox:9", {}, nullptr); });
  EXPECT_EQ(pulled.error().code, Errc::not_found);
  EXPECT_EQ(pulled.error().subject, "busybox:9");
  status = 200;
  body = R"({"errorDetail":{"message":"unauthorized: authentication required"},"error":"x"})";
  EXPECT_EQ(call([&] { return engine.pull_image("busybox:9", {}, nullptr); }).error().code, Errc::permission);
}

TEST_F(EngineClientTest, an_answer_that_is_no_engines_is_protocol) {
  body = "<html>";
  EXPECT_EQ(call([&] { return engine.inspect("c"); }).error().code, Errc::protocol);
  EXPECT_EQ(call([&] { return engine.create("c", "{}"); }).error().code, Errc::protocol);
  docker::Engine::FrameSink const sink = [](std::vector<docker::LogFrame>) -> awaitable<void> { co_return; };
  auto const log = call([&] { return engine.logs("c", false, sink); });
  EXPECT_EQ(log.error().code, Errc::protocol);
  EXPECT_EQ(log.error().subject, "c");
}
