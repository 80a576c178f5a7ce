#pragma once

#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "http/client.hpp"
#include "http/server.hpp"
#include "support/run_coro.hpp"
#include "support/temp_dir.hpp"

namespace http_test {

namespace asio = boost::asio;
using asio::awaitable;
using core::Errc;
using core::Result;
using http::Reply;
using http::Request;
using http::RequestContext;
using Socket = asio::local::stream_protocol::socket;

inline constexpr auto as_outcome = asio::as_tuple(asio::use_awaitable);

/// A coroutine that runs beside the test until it ends or stop() cancels it.
class Background {
 public:
  template <class Body>
  Background(asio::io_context& io, Body body) : io_(io) {
    asio::co_spawn(io, std::move(body), asio::bind_cancellation_slot(cancel_.slot(), [this](std::exception_ptr error) {
                     ended_ = true;
                     error_ = error;
                   }));
  }
  ~Background() { stop(); }
  Background(Background const&) = delete;
  Background& operator=(Background const&) = delete;

  void cancel() { cancel_.emit(asio::cancellation_type::terminal); }
  void stop() {
    if (!ended_) cancel();
    EXPECT_TRUE(wait()) << "it did not end within 10 s of its cancellation";
  }
  bool wait() {
    auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    io_.restart();
    while (!ended_ && io_.run_one_until(end) != 0) {
    }
    return ended_;
  }
  bool ended() const { return ended_; }

 private:
  asio::io_context& io_;
  asio::cancellation_signal cancel_;
  bool ended_ = false;
  std::exception_ptr error_;
};

/// A unix socket in a temporary folder, our server or a scripted peer behind it, and ways to speak to it.
class HttpTest : public testing::Test {
 protected:
  std::string socket_path() const { return dir.string() + "/s"; }
  http::Client make_client() const { return http::Client(http::Endpoint::unix_socket(socket_path())); }

  /// Starts our server; stop_server() or the end of the test stops it.
  http::Server& serve(http::Handler handler, http::ServerLimits limits = http::ServerLimits()) {
    auto report = [this](std::string_view text) { failures.emplace_back(text); };
    server = std::make_unique<http::Server>(io.get_executor(), std::move(handler), std::move(report), limits);
    server->add(http::Listener::unix_socket(socket_path(), 0600).value());
    running.emplace(io, [this] { return server->run(); });
    return *server;
  }
  void TearDown() override {
    running.reset();
    peers.clear();
  }

  /// Each accepted connection is given to `script`, with its number from 1.
  void script(std::function<awaitable<void>(Socket&, int)> script) {
    auto acceptor = std::make_shared<asio::local::stream_protocol::acceptor>(io, socket_path());
    running.emplace(io, [this, acceptor, script]() -> awaitable<void> {
      for (;;) {
        auto socket = std::make_shared<Socket>(io);
        co_await acceptor->async_accept(*socket, asio::use_awaitable);
        peers.emplace_back(io, [script, socket, number = ++accepted] { return script(*socket, number); });
      }
    });
  }

  /// What a peer sees that sends `bytes` and reads until the connection ends.
  std::string exchange(std::string bytes) {
    return support::run_coro(io, [&]() -> awaitable<std::string> {
      Socket socket(io);
      co_await socket.async_connect(asio::local::stream_protocol::endpoint(socket_path()), asio::use_awaitable);
      co_await asio::async_write(socket, asio::buffer(bytes), as_outcome);
      std::string answer;
      (void)co_await asio::async_read(socket, asio::dynamic_buffer(answer), as_outcome);
      co_return answer;
    });
  }

  template <class Body>
  auto run(Body body) {
    return support::run_coro(io, std::move(body));
  }
  /// Lets everything that is ready happen.
  void settle() {
    io.restart();
    while (io.poll_one() != 0) {
    }
  }

  support::TempDir dir;
  asio::io_context io{1};
  std::vector<std::string> failures;
  int accepted = 0;
  std::list<Background> peers;
  std::unique_ptr<http::Server> server;
  std::optional<Background> running;
};

/// Reads from a scripted peer's socket until a blank line: one request without a body.
inline awaitable<void> read_request(Socket& socket) {
  std::string text;
  char byte = 0;
  while (!text.ends_with("\r\n\r\n")) {
    co_await asio::async_read(socket, asio::buffer(&byte, 1), asio::use_awaitable);
    text += byte;
  }
}

inline awaitable<void> say(Socket& socket, std::string_view text) {
  co_await asio::async_write(socket, asio::buffer(text), asio::use_awaitable);
}

/// Until the other side closes.
inline awaitable<void> await_close(Socket& socket) {
  std::string rest;
  (void)co_await asio::async_read(socket, asio::dynamic_buffer(rest), as_outcome);
}

inline http::Handler echo() {
  return [](RequestContext request) -> awaitable<Reply> {
    co_return Reply::text(200, request.method + " " + request.body);
  };
}

}  // namespace http_test
