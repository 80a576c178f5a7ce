#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include "unit/http/fixture.hpp"

namespace http_test {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

using HttpServerLimits = HttpTest;

TEST_F(HttpServerLimits, refuses_what_is_not_http) {
  serve(echo());
  for (char const* const text :
       {"nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nno colon here\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    auto const answer = exchange(text);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 Bad Request\r\n")) << text;
    EXPECT_THAT(answer, HasSubstr("application/problem+json")) << text;
    EXPECT_THAT(answer, HasSubstr("Connection: close")) << text;
  }
  EXPECT_TRUE(failures.empty());
}

TEST_F(HttpServerLimits, refuses_a_request_without_host_or_with_another_target_form) {
  serve(echo());
  EXPECT_THAT(exchange("GET / HTTP/1.1\r\nConnection: close\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(exchange("GET http://x/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
}

TEST_F(HttpServerLimits, refuses_a_large_body_announced_or_not) {
  http::ServerLimits limits;
  limits.body_size = 100;
  serve(echo(), limits);
  auto const announced = exchange("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n" + std::string(101, 'x'));
  EXPECT_THAT(announced, StartsWith("HTTP/1.1 413 Content Too Large\r\n"));
  auto const chunked = exchange("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n" +
                                std::string(255, 'x') + "\r\n");
  EXPECT_THAT(chunked, StartsWith("HTTP/1.1 413 "));
  auto const fits = exchange("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 100\r\n\r\n" +
                             std::string(100, 'x'));
  EXPECT_THAT(fits, StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpServerLimits, a_client_reads_the_refusal_although_it_has_much_more_to_send) {
  serve(echo());
  auto client = make_client();
  auto const answer = run([&]() -> awaitable<Result<http::Response>> {
    Request request("PUT", "/");
    request.body.assign(4U << 20U, 'x');
    co_return co_await client.send(std::move(request));
  });
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->status, 413);
}

TEST_F(HttpServerLimits, refuses_a_large_header) {
  http::ServerLimits limits;
  limits.header_size = 1000;
  serve(echo(), limits);
  EXPECT_THAT(exchange("GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(2000, 'x') + "\r\n\r\n"),
              StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(exchange("GET /" + std::string(2000, 'x') + " HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 431 "));
}

TEST_F(HttpServerLimits, closes_on_peers_that_are_too_slow) {
  http::ServerLimits limits;
  limits.idle = 100ms;
  limits.header = 100ms;
  limits.body = 100ms;
  serve(echo(), limits);
  EXPECT_EQ(exchange(""), "") << "idle";
  EXPECT_EQ(exchange("GET / HTTP/1.1\r\nHo"), "") << "header";
  EXPECT_EQ(exchange("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf"), "") << "body";
  EXPECT_EQ(server->connections(), 0U);
}

TEST_F(HttpServerLimits, gives_up_a_stream_that_nobody_reads) {
  http::ServerLimits limits;
  limits.write = 200ms;
  std::optional<Errc> ended;
  serve(
      [&](RequestContext) -> awaitable<Reply> {
        co_return Reply::stream(200, "text/plain", [&](http::BodyWriter& writer) -> awaitable<void> {
          std::string const block(64U << 10U, 'x');
          while (!ended) {
            auto const written = co_await writer.write(block);
            if (!written) ended = written.error().code;
          }
        });
      },
      limits);
  Socket socket(io);
  run([&]() -> awaitable<void> {
    co_await socket.async_connect(asio::local::stream_protocol::endpoint(socket_path()), asio::use_awaitable);
    co_await say(socket, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  });
  auto const end = std::chrono::steady_clock::now() + 5s;
  while (!ended && io.run_one_until(end) != 0) {
  }
  EXPECT_EQ(ended, Errc::timeout);
}

TEST_F(HttpServerLimits, an_idle_connection_makes_room_for_a_new_one) {
  http::ServerLimits limits;
  limits.connections = 2;
  serve(echo(), limits);
  Socket first(io), second(io);
  run([&]() -> awaitable<void> {
    asio::local::stream_protocol::endpoint const endpoint(socket_path());
    co_await first.async_connect(endpoint, asio::use_awaitable);
    co_await second.async_connect(endpoint, asio::use_awaitable);
  });
  settle();
  EXPECT_EQ(server->connections(), 2U) << "nobody has to go before a third comes";
  EXPECT_THAT(exchange("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
  EXPECT_LE(server->connections(), 2U);
}

TEST_F(HttpServerLimits, waits_while_descriptors_are_out_and_then_goes_on) {
  serve(echo());
  Socket socket(io);
  socket.open();
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  int const next = ::dup(0);
  ::close(next);
  rlimit const none_left{static_cast<rlim_t>(next), before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none_left), 0);
  socket.connect(asio::local::stream_protocol::endpoint(socket_path()));
  io.restart();
  io.run_for(300ms);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_GE(failures.size(), 1U);
  EXPECT_LE(failures.size(), 3U) << "it must not spin";
  EXPECT_THAT(failures.front(), StartsWith("accept: "));
  auto const answer = run([&]() -> awaitable<std::string> {
    co_await say(socket, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    std::string text;
    (void)co_await asio::async_read(socket, asio::dynamic_buffer(text), as_outcome);
    co_return text;
  });
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
}

}  // namespace http_test
