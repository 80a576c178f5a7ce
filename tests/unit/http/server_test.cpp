#include <gmock/gmock.h>
#include <unistd.h>

#include <stdexcept>

#include "aio/event.hpp"
#include "http/router.hpp"
#include "unit/http/fixture.hpp"

namespace http_test {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

using HttpServer = HttpTest;

std::string const close_after = "Host: x\r\nConnection: close\r\n\r\n";

TEST_F(HttpServer, tells_the_handler_who_asks) {
  std::optional<http::PeerCredentials> peer;
  serve([&](RequestContext request) -> awaitable<Reply> {
    peer = request.peer;
    EXPECT_EQ(request.remote, "unix");
    EXPECT_EQ(request.path, "/a%20b");
    EXPECT_EQ(request.query_value("q"), "1 2");
    co_return Reply(204);
  });
  auto const answer = exchange("GET /a%20b?q=1+2 HTTP/1.1\r\n" + close_after);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 204 No Content\r\n"));
  EXPECT_THAT(answer, testing::Not(HasSubstr("Content-Length")));
  ASSERT_TRUE(peer);
  EXPECT_EQ(peer->uid, ::geteuid());
  EXPECT_EQ(peer->gid, ::getegid());
  EXPECT_EQ(peer->pid, ::getpid());
}

TEST_F(HttpServer, answers_pipelined_requests_in_order) {
  serve(echo());
  auto const answer =
      exchange("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nonePOST / HTTP/1.1\r\nContent-Length: 3\r\n" +
               close_after + "two");
  EXPECT_LT(answer.find("POST one"), answer.find("POST two"));
  EXPECT_THAT(answer, EndsWith("POST two"));
}

TEST_F(HttpServer, answers_head_with_the_length_and_no_body) {
  serve(echo());
  auto const answer = exchange("HEAD / HTTP/1.1\r\n" + close_after);
  EXPECT_THAT(answer, HasSubstr("Content-Length: 5\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_F(HttpServer, streams_in_chunks) {
  serve([](RequestContext) -> awaitable<Reply> {
    co_return Reply::stream(200, "text/plain", [](http::BodyWriter& writer) -> awaitable<void> {
      EXPECT_TRUE(co_await writer.write("one"));
      EXPECT_TRUE(co_await writer.write(""));
      EXPECT_TRUE(co_await writer.write("three"));
    });
  });
  auto const answer = exchange("GET / HTTP/1.1\r\n" + close_after);
  EXPECT_THAT(answer, HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n3\r\none\r\n5\r\nthree\r\n0\r\n\r\n"));
  auto const old = exchange("GET / HTTP/1.0\r\n\r\n");
  EXPECT_THAT(old, EndsWith("\r\n\r\nonethree")) << "HTTP/1.0 knows no chunks";
}

TEST_F(HttpServer, a_stream_of_nothing_is_an_empty_body) {
  serve([](RequestContext) -> awaitable<Reply> {
    co_return Reply::stream(200, "text/plain", [](http::BodyWriter&) -> awaitable<void> { co_return; });
  });
  EXPECT_THAT(exchange("GET / HTTP/1.1\r\n" + close_after), EndsWith("\r\n\r\n0\r\n\r\n"));
  EXPECT_TRUE(failures.empty());
}

TEST_F(HttpServer, streams_a_known_length_plainly_and_cuts_when_it_was_not_true) {
  bool honest = true;
  serve([&](RequestContext) -> awaitable<Reply> {
    Reply reply = Reply::stream(200, "text/plain", [&](http::BodyWriter& writer) -> awaitable<void> {
      (void)co_await writer.write(honest ? "12345" : "123");
    });
    reply.headers.set("Content-Length", "5");
    co_return reply;
  });
  auto client = make_client();
  auto const get = [&] {
    return run([&]() -> awaitable<Result<http::Response>> {
      Request request("GET", "/");
      co_return co_await client.send(std::move(request));
    });
  };
  EXPECT_EQ(get()->body, "12345");
  honest = false;
  auto const cut = get();
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, Errc::unavailable);
}

TEST_F(HttpServer, a_failing_handler_gives_500_and_reports_once) {
  serve([](RequestContext) -> awaitable<Reply> {
    throw std::runtime_error("secret detail");
    co_return Reply();
  });
  auto const answer = exchange("GET /x HTTP/1.1\r\n" + close_after);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(answer, HasSubstr("application/problem+json"));
  EXPECT_THAT(answer, testing::Not(HasSubstr("secret detail")));
  EXPECT_THAT(failures, testing::ElementsAre("GET /x: secret detail"));
}

TEST_F(HttpServer, a_failing_stream_is_cut_so_that_the_peer_knows) {
  serve([](RequestContext) -> awaitable<Reply> {
    co_return Reply::stream(200, "text/plain", [](http::BodyWriter& writer) -> awaitable<void> {
      (void)co_await writer.write("begun");
      throw std::runtime_error("disk gone");
    });
  });
  auto const answer = exchange("GET /x HTTP/1.1\r\n" + close_after);
  EXPECT_THAT(answer, EndsWith("5\r\nbegun\r\n")) << "no last chunk";
  EXPECT_THAT(failures, testing::ElementsAre("GET /x: disk gone"));
}

TEST_F(HttpServer, a_stream_that_waits_for_news_ends_when_the_peer_hangs_up) {
  bool begun = false, cancelled = false;
  aio::Event news(io.get_executor());
  serve([&](RequestContext) -> awaitable<Reply> {
    co_return Reply::stream(200, "text/plain", [&](http::BodyWriter& writer) -> awaitable<void> {
      (void)co_await writer.write("hello");
      begun = true;
      try {
        co_await news.wait();
      } catch (boost::system::system_error const&) {
        cancelled = true;
        throw;
      }
    });
  });
  run([&]() -> awaitable<void> {
    Socket socket(io);
    co_await socket.async_connect(asio::local::stream_protocol::endpoint(socket_path()), asio::use_awaitable);
    co_await say(socket, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    char some[16];
    co_await asio::async_read(socket, asio::buffer(some), asio::use_awaitable);
  });
  auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (!cancelled && io.run_one_until(end) != 0) {
  }
  EXPECT_TRUE(begun);
  EXPECT_TRUE(cancelled);
  settle();
  EXPECT_EQ(server->connections(), 0U);
  EXPECT_TRUE(failures.empty());
}

TEST_F(HttpServer, routes_with_problems_for_what_it_does_not_know) {
  http::Router router;
  router.add("GET", "/known", echo());
  serve([&](RequestContext request) { return router.route(std::move(request)); });
  EXPECT_THAT(exchange("GET /known HTTP/1.1\r\n" + close_after), StartsWith("HTTP/1.1 200 OK"));
  auto const missing = exchange("GET /other HTTP/1.1\r\n" + close_after);
  EXPECT_THAT(missing, StartsWith("HTTP/1.1 404 Not Found"));
  EXPECT_THAT(missing, HasSubstr(R"("status":404)"));
  EXPECT_THAT(exchange("PUT /known HTTP/1.1\r\n" + close_after), HasSubstr("Allow: GET, HEAD\r\n"));
}

TEST_F(HttpServer, lets_the_client_send_its_body_when_it_asks_first) {
  serve(echo());
  auto const answer = exchange("POST / HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n" + close_after + "hi");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, EndsWith("POST hi"));
}

}  // namespace http_test
