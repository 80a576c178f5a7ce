#include "aio/event.hpp"
#include "aio/sleep.hpp"
#include "unit/http/fixture.hpp"

namespace http_test {

using namespace std::chrono_literals;
using http::Patience;

class HttpClient : public HttpTest {
 protected:
  Result<http::Response> get(http::Client& client, std::string target = "/") {
    return run([&]() -> awaitable<Result<http::Response>> {
      Request request("GET", target);
      co_return co_await client.send(std::move(request));
    });
  }
};

TEST_F(HttpClient, sends_method_headers_and_body_and_reads_the_answer) {
  serve([](RequestContext request) -> awaitable<Reply> {
    Reply reply = Reply::json(201, request.method + " " + request.target + " " + request.body);
    reply.headers.set("X-Seen", request.headers.find("x-note").value_or("nothing"));
    co_return reply;
  });
  auto client = make_client();
  auto const answer = run([&]() -> awaitable<Result<http::Response>> {
    Request request("POST", "/a?b=c");
    request.headers.set("X-Note", "hello");
    request.body = std::string("\0binary", 7);
    co_return co_await client.send(std::move(request));
  });
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->headers.find("x-seen"), "hello");
  EXPECT_EQ(answer->body, std::string("POST /a?b=c \0binary", 19));
}

TEST_F(HttpClient, keeps_one_connection_for_requests_in_turn) {
  serve(echo());
  auto client = make_client();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(get(client)->body, "GET ");
  EXPECT_EQ(server->connections(), 1U);
  EXPECT_EQ(client.losses(), 0U);
}

TEST_F(HttpClient, replaces_an_idle_connection_that_the_server_closed) {
  script([](Socket& socket, int) -> awaitable<void> {
    co_await read_request(socket);
    co_await say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    socket.close();
  });
  auto client = make_client();
  EXPECT_EQ(get(client)->body, "ok");
  auto const again = get(client);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(again->body, "ok");
  EXPECT_EQ(accepted, 2);
  EXPECT_EQ(client.losses(), 1U);
}

/// The server closes just when the second request on a connection arrives, so that no look beforehand can tell.
class HttpClientStale : public HttpClient {
 protected:
  void SetUp() override {
    script([](Socket& socket, int number) -> awaitable<void> {
      co_await read_request(socket);
      co_await say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      co_await read_request(socket);
      if (number > 1) co_await say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond");
      socket.close();
    });
  }
};

TEST_F(HttpClientStale, sends_an_idempotent_request_once_more) {
  auto client = make_client();
  ASSERT_TRUE(get(client));
  auto const again = get(client);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(again->body, "ok");
  EXPECT_EQ(accepted, 2);
}

TEST_F(HttpClientStale, never_sends_another_request_twice) {
  auto client = make_client();
  ASSERT_TRUE(get(client));
  auto const posted = run([&]() -> awaitable<Result<http::Response>> {
    Request request("POST", "/start");
    co_return co_await client.send(std::move(request));
  });
  ASSERT_FALSE(posted);
  EXPECT_EQ(posted.error().code, Errc::unavailable);
  EXPECT_EQ(accepted, 1);
}

TEST_F(HttpClient, gives_each_chunk_as_it_comes) {
  std::string seen;
  aio::Event took(io.get_executor());
  script([&](Socket& socket, int) -> awaitable<void> {
    co_await read_request(socket);
    co_await say(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n6\r\nsecond\r\n");
    while (seen != "firstsecond") co_await took.wait();  // only then is there more to read
    co_await say(socket, "1\r\n!\r\n0\r\n\r\n");
    co_await await_close(socket);
  });
  auto client = make_client();
  auto const read = run([&]() -> awaitable<Result<void>> {
    Request request("GET", "/");
    auto stream = co_await client.open(std::move(request), Patience::total(5s));
    if (!stream) co_return stream.error();
    EXPECT_EQ(stream->status(), 200);
    http::BodySink sink = [&](std::string_view piece) -> awaitable<Result<void>> {
      seen += piece;
      took.set();
      co_return Result<void>();
    };
    co_return co_await stream->read(std::move(sink));
  });
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(seen, "firstsecond!");
}

TEST_F(HttpClient, a_slow_sink_holds_the_server_back) {
  constexpr std::size_t total = 8U << 20U;
  std::size_t written = 0;
  serve([&](RequestContext) -> awaitable<Reply> {
    co_return Reply::stream(200, "application/octet-stream", [&](http::BodyWriter& writer) -> awaitable<void> {
      std::string const block(64U << 10U, 'x');
      for (written = 0; written < total; written += block.size())
        if (!co_await writer.write(block)) co_return;
    });
  });
  auto client = make_client();
  std::size_t read = 0, ahead = 0;
  auto const done = run([&]() -> awaitable<Result<void>> {
    Request request("GET", "/");
    auto stream = co_await client.open(std::move(request), Patience::total(20s));
    if (!stream) co_return stream.error();
    http::BodySink sink = [&](std::string_view piece) -> awaitable<Result<void>> {
      read += piece.size();
      if (ahead == 0) {
        co_await aio::sleep_for(200ms);  // the server may write meanwhile what the kernel takes
        ahead = written;
      }
      co_return Result<void>();
    };
    co_return co_await stream->read(std::move(sink));
  });
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(read, total);
  EXPECT_LT(ahead, 2U << 20U);
}

TEST_F(HttpClient, a_cancelled_request_throws_and_its_connection_is_not_used_again) {
  script([](Socket& socket, int number) -> awaitable<void> {
    co_await read_request(socket);
    if (number > 1) co_await say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    co_await await_close(socket);
  });
  auto client = make_client();
  std::optional<boost::system::error_code> thrown;
  {
    Background request(io, [&]() -> awaitable<void> {
      try {
        Request endless("GET", "/");
        (void)co_await client.send(std::move(endless));
      } catch (boost::system::system_error const& error) {
        thrown = error.code();
      }
    });
    while (accepted == 0) io.run_one();
    settle();
  }
  ASSERT_TRUE(thrown);
  EXPECT_EQ(*thrown, asio::error::operation_aborted);
  EXPECT_EQ(get(client)->body, "ok");
  EXPECT_EQ(accepted, 2);
}

TEST_F(HttpClient, works_over_tcp) {
  auto listener = http::Listener::tcp("127.0.0.1", 0).value();
  auto const endpoint = http::Endpoint::tcp("localhost", listener.port());
  std::string remote;
  http::Server tcp_server(
      io.get_executor(),
      [&](RequestContext request) -> awaitable<Reply> {
        remote = request.remote;
        EXPECT_FALSE(request.peer);
        co_return Reply::text(200, "over tcp");
      },
      nullptr);
  tcp_server.add(std::move(listener));
  Background serving(io, [&] { return tcp_server.run(); });
  http::Client client(endpoint);
  auto const answer = get(client);
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->body, "over tcp");
  EXPECT_EQ(remote.substr(0, 10), "127.0.0.1:");
}

TEST_F(HttpClient, sends_a_body_that_is_made_piece_by_piece) {
  serve([](RequestContext request) -> awaitable<Reply> {
    co_return Reply::json(200, std::to_string(request.body.size()) + request.body.substr(0, 3));
  });
  auto client = make_client();
  std::size_t most_asked = 0;
  auto const status = run([&]() -> awaitable<std::string> {
    http::BodySource source;
    source.size = 600'000;
    source.next = [&](std::size_t most) -> awaitable<Result<std::string>> {
      most_asked = std::max(most_asked, most);
      co_return std::string(std::min<std::size_t>(most, 100'000), 'x');
    };
    Request request("PUT", "/");
    auto stream = co_await client.open(std::move(request), std::move(source), Patience::idle(5s));
    if (!stream) co_return stream.error().message();
    auto const body = co_await stream->read_all(1000);
    co_return body ? *body : body.error().message();
  });
  EXPECT_EQ(status, "600000xxx");
  EXPECT_LE(most_asked, 256U << 10U);
}

TEST_F(HttpClient, case_49_an_answer_before_the_end_of_a_piecewise_body_is_read) {
  script([](Socket& socket, int) -> awaitable<void> {
    co_await read_request(socket);
    co_await say(socket, "HTTP/1.1 507 Full\r\nContent-Length: 4\r\n\r\nfull");
    socket.close();
  });
  auto client = make_client();
  auto const status = run([&]() -> awaitable<int> {
    http::BodySource source;
    source.size = std::uint64_t{1} << 40;
    source.next = [](std::size_t most) -> awaitable<Result<std::string>> { co_return std::string(most, 'x'); };
    Request request("PUT", "/");
    auto stream = co_await client.open(std::move(request), std::move(source), Patience::idle(5s));
    co_return stream ? stream->status() : -1;
  });
  EXPECT_EQ(status, 507);
}

TEST_F(HttpClient, an_error_of_a_piecewise_body_is_the_requests) {
  serve(echo());
  auto client = make_client();
  auto const code = run([&]() -> awaitable<core::Errc> {
    http::BodySource source;
    source.size = 10;
    source.next = [](std::size_t) -> awaitable<Result<std::string>> {
      co_return core::Error{core::Errc::conflict, "stopped", {}, {}};
    };
    Request request("PUT", "/");
    auto const stream = co_await client.open(std::move(request), std::move(source), Patience::idle(5s));
    co_return stream ? core::Errc::internal : stream.error().code;
  });
  EXPECT_EQ(code, core::Errc::conflict);
}

}  // namespace http_test
