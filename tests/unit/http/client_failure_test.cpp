#include <sys/stat.h>
#include <unistd.h>

#include "aio/sleep.hpp"
#include "unit/http/fixture.hpp"

namespace http_test {

using namespace std::chrono_literals;
using http::Patience;

class HttpClientFailure : public HttpTest {
 protected:
  Result<http::Response> get(std::chrono::milliseconds deadline = 5s, std::size_t body_limit = 16U << 20U) {
    auto client = make_client();
    return run([&]() -> awaitable<Result<http::Response>> {
      Request request("GET", "/");
      request.deadline = deadline;
      request.body_limit = body_limit;
      co_return co_await client.send(std::move(request));
    });
  }

  /// The peer reads a request, says this, and closes.
  void answer_with(std::string text) {
    script([text](Socket& socket, int) -> awaitable<void> {
      co_await read_request(socket);
      co_await say(socket, text);
      socket.close();
    });
  }
};

TEST_F(HttpClientFailure, nobody_there_is_unavailable) {
  EXPECT_EQ(get().error().code, Errc::unavailable) << "no file";
  { auto const left_behind = asio::local::stream_protocol::acceptor(io, socket_path()); }
  EXPECT_EQ(get().error().code, Errc::unavailable) << "a file that nobody listens on";
}

TEST_F(HttpClientFailure, a_forbidden_socket_is_permission) {
  asio::local::stream_protocol::acceptor const acceptor(io, socket_path());
  ASSERT_EQ(::chmod(socket_path().c_str(), 0), 0);
  bool const is_root = ::geteuid() == 0;
  ASSERT_EQ(::seteuid(is_root ? 65534 : ::geteuid()), 0);
  auto const answer = get();
  ASSERT_EQ(::seteuid(is_root ? 0 : ::geteuid()), 0);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::permission) << answer.error().message();
}

TEST_F(HttpClientFailure, an_unresolvable_or_closed_address_is_unavailable) {
  for (auto const& endpoint : {http::Endpoint::tcp("no-such-host.invalid", 80), http::Endpoint::tcp("127.0.0.1", 1)}) {
    http::Client client(endpoint);
    auto const answer = run([&]() -> awaitable<Result<http::Response>> {
      Request request("GET", "/");
      co_return co_await client.send(std::move(request));
    });
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::unavailable) << answer.error().message();
    EXPECT_EQ(answer.error().subject, endpoint.to_string());
  }
}

TEST_F(HttpClientFailure, silence_is_a_timeout) {
  script([](Socket& socket, int) -> awaitable<void> { co_await await_close(socket); });
  EXPECT_EQ(get(100ms).error().code, Errc::timeout);
}

TEST_F(HttpClientFailure, a_deadline_is_for_the_whole_answer_however_it_trickles) {
  script([](Socket& socket, int) -> awaitable<void> {
    co_await read_request(socket);
    co_await say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    for (;;) {
      co_await say(socket, "x");
      co_await aio::sleep_for(20ms);
    }
  });
  EXPECT_EQ(get(200ms).error().code, Errc::timeout);
}

TEST_F(HttpClientFailure, a_close_before_or_inside_the_answer_is_unavailable) {
  answer_with("");
  EXPECT_EQ(get().error().code, Errc::unavailable);
}

TEST_F(HttpClientFailure, a_cut_body_is_unavailable_and_never_a_short_answer) {
  answer_with("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  auto const answer = get();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::unavailable) << answer.error().message();
}

TEST_F(HttpClientFailure, a_cut_between_chunks_is_unavailable) {
  answer_with("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
  EXPECT_EQ(get().error().code, Errc::unavailable);
}

TEST_F(HttpClientFailure, what_is_not_http_is_protocol) {
  answer_with("SSH-2.0-OpenSSH_9.2\r\n\r\n");
  EXPECT_EQ(get().error().code, Errc::protocol);
}

TEST_F(HttpClientFailure, a_broken_chunk_is_protocol) {
  answer_with("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhalf\r\n");
  EXPECT_EQ(get().error().code, Errc::protocol);
}

TEST_F(HttpClientFailure, a_body_over_the_limit_is_too_large) {
  answer_with("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789");
  EXPECT_EQ(get(5s, 10)->body, "0123456789");
  EXPECT_EQ(get(5s, 9).error().code, Errc::too_large);
}

TEST_F(HttpClientFailure, an_endless_header_is_too_large) {
  script([](Socket& socket, int) -> awaitable<void> {
    co_await say(socket, "HTTP/1.1 200 OK\r\nX: ");
    std::string const block(1024, 'x');
    for (;;) co_await say(socket, block);
  });
  EXPECT_EQ(get().error().code, Errc::too_large);
}

TEST_F(HttpClientFailure, an_answer_that_comes_before_the_upload_ended_is_read) {
  script([](Socket& socket, int) -> awaitable<void> {
    co_await read_request(socket);
    co_await say(socket, "HTTP/1.1 507 Full\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfull");
    socket.close();
  });
  auto client = make_client();
  auto const answer = run([&]() -> awaitable<Result<http::Response>> {
    Request request("PUT", "/archive");
    request.body.assign(8U << 20U, 'x');
    co_return co_await client.send(std::move(request));
  });
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->status, 507);
  EXPECT_EQ(answer->body, "full");
}

TEST_F(HttpClientFailure, an_interim_answer_is_passed_over) {
  answer_with("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  EXPECT_EQ(get()->body, "ok");
}

TEST_F(HttpClientFailure, a_body_without_length_ends_with_the_connection) {
  answer_with("HTTP/1.0 200 OK\r\n\r\nall of it");
  EXPECT_EQ(get()->body, "all of it");
}

TEST_F(HttpClientFailure, a_target_with_a_blank_is_refused_before_anything_is_sent) {
  auto client = make_client();
  auto const answer = run([&]() -> awaitable<Result<http::Response>> {
    Request request("GET", "/a HTTP/1.1\r\nEvil: yes");
    co_return co_await client.send(std::move(request));
  });
  EXPECT_EQ(answer.error().code, Errc::invalid);
}

TEST_F(HttpClientFailure, an_inactivity_limit_counts_each_silence_and_not_the_sum) {
  script([](Socket& socket, int) -> awaitable<void> {
    co_await read_request(socket);
    co_await say(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 8; ++i) {
      co_await aio::sleep_for(50ms);
      co_await say(socket, "1\r\nx\r\n");
    }
    co_await await_close(socket);
  });
  auto client = make_client();
  std::string seen;
  auto const read = run([&]() -> awaitable<Result<void>> {
    Request request("GET", "/");
    auto stream = co_await client.open(std::move(request), Patience::idle(300ms));
    if (!stream) co_return stream.error();
    http::BodySink sink = [&](std::string_view piece) -> awaitable<Result<void>> {
      seen += piece;
      co_return Result<void>();
    };
    co_return co_await stream->read(std::move(sink));
  });
  EXPECT_EQ(seen, "xxxxxxxx") << "400 ms in all";
  ASSERT_FALSE(read) << "and then silence";
  EXPECT_EQ(read.error().code, Errc::timeout);
}

}  // namespace http_test
