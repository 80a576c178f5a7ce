#include <gmock/gmock.h>
#include <unistd.h>

#include "aio/event.hpp"
#include "unit/http/fixture.hpp"

namespace http_test {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::StartsWith;

/// A handler that is inside a request until `go` is set, and a client that has asked for it.
class HttpServerStop : public HttpTest {
 protected:
  void serve_slowly(http::ServerLimits limits = http::ServerLimits()) {
    serve(
        [this](RequestContext) -> awaitable<Reply> {
          inside = true;
          co_await go.wait();
          co_return Reply::text(200, "finished");
        },
        limits);
  }
  void ask() {
    client.emplace(io, [this]() -> awaitable<void> {
      Socket socket(io);
      co_await socket.async_connect(asio::local::stream_protocol::endpoint(socket_path()), asio::use_awaitable);
      co_await say(socket, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      (void)co_await asio::async_read(socket, asio::dynamic_buffer(answer), as_outcome);
    });
    while (!inside) io.run_one();
    settle();
  }
  void TearDown() override {
    client.reset();
    HttpTest::TearDown();
  }

  bool inside = false;
  aio::Event go{io.get_executor()};
  std::string answer;
  std::optional<Background> client;
};

TEST_F(HttpServerStop, lets_an_open_request_end_and_takes_no_new_one) {
  serve_slowly();
  ask();
  running->cancel();
  settle();
  EXPECT_FALSE(running->ended());
  EXPECT_NE(::access(socket_path().c_str(), F_OK), 0) << "the socket file is gone at once";
  go.set();
  EXPECT_TRUE(running->wait());
  EXPECT_TRUE(client->wait());
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK"));
  EXPECT_THAT(answer, testing::HasSubstr("Connection: close"));
  EXPECT_THAT(answer, EndsWith("finished"));
}

TEST_F(HttpServerStop, ends_a_request_that_outlasts_the_drain_time) {
  http::ServerLimits limits;
  limits.drain = 100ms;
  serve_slowly(limits);
  ask();
  running->cancel();
  EXPECT_TRUE(running->wait());
  EXPECT_TRUE(client->wait());
  EXPECT_EQ(answer, "");
  EXPECT_EQ(server->connections(), 0U);
}

TEST_F(HttpServerStop, closes_idle_connections_at_once) {
  serve(echo());
  auto http_client = make_client();
  run([&]() -> awaitable<void> {
    Request request("GET", "/");
    (void)co_await http_client.send(std::move(request));
  });
  EXPECT_EQ(server->connections(), 1U);
  auto const before = std::chrono::steady_clock::now();
  running->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - before, 2s);
}

TEST_F(HttpServerStop, ends_an_endless_stream_at_once) {
  serve([this](RequestContext) -> awaitable<Reply> {
    Reply reply = Reply::stream(200, "text/event-stream", [this](http::BodyWriter& writer) -> awaitable<void> {
      (void)co_await writer.write("data: 1\n\n");
      inside = true;
      co_await go.wait();
    });
    reply.endless = true;
    co_return reply;
  });
  ask();
  auto const before = std::chrono::steady_clock::now();
  running->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - before, 2s);
  EXPECT_TRUE(client->wait());
  EXPECT_THAT(answer, EndsWith("data: 1\n\n\r\n"));
}

}  // namespace http_test
