#include <gmock/gmock.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>

#include "aio/event.hpp"
#include "unit/http/fixture.hpp"

namespace http_test {

using namespace std::chrono_literals;
using asio::ip::tcp;
using testing::HasSubstr;
using testing::StartsWith;

/// Our server on a unix socket and on loopback.
class HttpServerPlaces : public HttpTest {
 protected:
  void serve_both(http::Handler handler, http::ServerLimits limits) {
    server = std::make_unique<http::Server>(io.get_executor(), std::move(handler), nullptr, limits);
    server->add(http::Listener::unix_socket(socket_path(), 0600).value());
    auto listener = http::Listener::tcp("127.0.0.1", 0).value();
    port = listener.port();
    server->add(std::move(listener));
    running.emplace(io, [this] { return server->run(); });
  }
  /// A connection from one of loopback's many addresses.
  std::shared_ptr<tcp::socket> connect(std::string const& from = "127.0.0.1") {
    auto socket = std::make_shared<tcp::socket>(io, tcp::endpoint(asio::ip::make_address(from), 0));
    run([&]() -> awaitable<void> {
      co_await socket->async_connect(tcp::endpoint(asio::ip::address_v4::loopback(), port), asio::use_awaitable);
    });
    return socket;
  }
  /// What comes until `enough` is seen or the server closes.
  std::string talk(tcp::socket& socket, std::string bytes, std::string enough) {
    return run([&]() -> awaitable<std::string> {
      co_await asio::async_write(socket, asio::buffer(bytes), as_outcome);
      std::string answer;
      (void)co_await asio::async_read_until(socket, asio::dynamic_buffer(answer), enough, as_outcome);
      co_return answer;
    });
  }
  http::Handler endless() {
    return [this](RequestContext) -> awaitable<Reply> {
      auto reply = Reply::stream(200, "text/event-stream", [this](http::BodyWriter& writer) -> awaitable<void> {
        (void)co_await writer.write("hello");
        co_await news.wait();
      });
      reply.endless = true;
      co_return reply;
    };
  }

  std::uint16_t port = 0;
  aio::Event news{io.get_executor()};
};

std::string const ask = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
std::string const ask_and_close = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

TEST_F(HttpServerPlaces, one_address_cannot_take_them_all) {
  http::ServerLimits limits;
  limits.per_address = 2;
  serve_both(echo(), limits);
  auto const first = connect();
  auto second = connect();
  auto const third = connect();
  EXPECT_EQ(talk(*third, ask, "GET "), "") << "closed at once";
  auto const other = connect("127.0.0.2");
  EXPECT_THAT(talk(*other, ask, "GET "), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(talk(*second, ask_and_close, "GET "), StartsWith("HTTP/1.1 200 "));
  second.reset();
  settle();
  auto const again = connect();
  EXPECT_THAT(talk(*again, ask, "GET "), StartsWith("HTTP/1.1 200 ")) << "there is a place again";
}

TEST_F(HttpServerPlaces, a_proxy_comes_for_many) {
  http::ServerLimits limits;
  limits.per_address = 1;
  limits.crowded = {"127.0.0.1"};
  serve_both(echo(), limits);
  auto const first = connect();
  auto const second = connect();
  EXPECT_THAT(talk(*second, ask, "GET "), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpServerPlaces, the_network_cannot_take_those_of_the_unix_socket) {
  http::ServerLimits limits;
  limits.connections = 1;
  serve_both(echo(), limits);
  auto const half_open = connect();
  (void)run([&]() -> awaitable<void> { co_await asio::async_write(*half_open, asio::buffer("GET"), as_outcome); });
  settle();
  EXPECT_THAT(exchange(ask_and_close), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpServerPlaces, endless_streams_take_none_and_have_a_bound_of_their_own) {
  http::ServerLimits limits;
  limits.connections = 1;
  limits.per_address = 1;
  limits.streams = 2;
  serve_both(endless(), limits);
  auto first = connect();
  EXPECT_THAT(talk(*first, ask, "hello"), HasSubstr("hello"));
  auto const second = connect();
  EXPECT_THAT(talk(*second, ask, "hello"), HasSubstr("hello"));
  EXPECT_EQ(server->streams(), 2U);
  auto third = connect();
  auto const refused = talk(*third, ask_and_close, "}");
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(refused, HasSubstr("Retry-After: "));
  first.reset();
  third.reset();
  while (server->streams() > 1) io.run_one_for(5s);
  auto const fourth = connect();
  EXPECT_THAT(talk(*fourth, ask, "hello"), HasSubstr("hello"));
}

TEST_F(HttpServerPlaces, a_stop_ends_every_stream_at_once) {
  serve_both(endless(), http::ServerLimits());
  std::vector<std::shared_ptr<tcp::socket>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(connect());
    EXPECT_THAT(talk(*clients.back(), ask, "hello"), HasSubstr("hello"));
  }
  running->cancel();
  EXPECT_TRUE(running->wait());
  EXPECT_EQ(server->connections(), 0U);
  EXPECT_EQ(server->streams(), 0U);
}

TEST_F(HttpServerPlaces, bodies_have_a_bound_together) {
  http::ServerLimits limits;
  limits.bodies = 100;
  serve_both(echo(), limits);
  auto const half = connect();
  (void)talk(*half, "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 60\r\n\r\n", "Continue");
  auto const post = [](std::string const& body) {
    return "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  };
  auto const second = connect();
  EXPECT_THAT(talk(*second, post(std::string(41, 'x')), "}"), StartsWith("HTTP/1.1 503 "));
  auto const third = connect();
  EXPECT_THAT(talk(*third, post(std::string(40, 'x')), "POST x"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(talk(*half, std::string(60, 'y'), "POST y"), HasSubstr("HTTP/1.1 200 "));
  auto const fourth = connect();
  EXPECT_THAT(talk(*fourth, post(std::string(100, 'x')), "POST x"), StartsWith("HTTP/1.1 200 ")) << "all is free again";
}

TEST_F(HttpServerPlaces, one_who_comes_from_the_network_and_asks_nothing_goes_soon) {
  http::ServerLimits limits;
  limits.header = 100ms;
  serve_both(echo(), limits);
  auto const silent = connect();
  EXPECT_EQ(talk(*silent, "", "x"), "") << "before the idle time, which is a minute";
}

}  // namespace http_test
