#include <gmock/gmock.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <fstream>

#include "aio/event.hpp"
#include "http/tls_identity.hpp"
#include "support/certificates.hpp"
#include "unit/http/fixture.hpp"

namespace http_test {

using namespace std::chrono_literals;
using asio::ip::tcp;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;
using TlsSocket = asio::ssl::stream<tcp::socket>;

/// Our server behind TLS on loopback.
class HttpServerTls : public HttpTest {
 protected:
  HttpServerTls() { write_identity(ours.issue("DNS:localhost,IP:127.0.0.1")); }

  void write_identity(support::Certificate const& made) const {
    std::ofstream(cert()) << made.certificate;
    std::ofstream(key()) << made.key;
  }
  std::string cert() const { return (dir / "cert.pem").string(); }
  std::string key() const { return (dir / "key.pem").string(); }

  void serve_tls(http::Handler handler, http::ServerLimits limits = http::ServerLimits()) {
    auto report = [this](std::string_view text) { failures.emplace_back(text); };
    server = std::make_unique<http::Server>(io.get_executor(), std::move(handler), std::move(report), limits);
    auto listener = http::Listener::tcp("127.0.0.1", 0).value();
    port = listener.port();
    identity = http::TlsIdentity::load(cert(), key()).value();
    server->add(std::move(listener), identity);
    running.emplace(io, [this] { return server->run(); });
  }
  http::TlsTrust trust() {
    auto const path = (dir / "ca.pem").string();
    std::ofstream(path) << ours.pem();
    return http::TlsTrust::with_file(path, http::TlsTrust::SystemStore::unused).value();
  }
  Result<http::Response> post(http::Client& client, std::string body) {
    return run([&]() -> awaitable<Result<http::Response>> {
      Request request("POST", "/");
      request.body = body;
      co_return co_await client.send(std::move(request));
    });
  }
  http::Client tls_client() {
    return http::Client(http::Endpoint::tls("localhost", port), http::Client::Limits(), trust());
  }
  /// What one who speaks no TLS gets to see.
  std::string exchange_plainly(std::string bytes) {
    return run([&]() -> awaitable<std::string> {
      tcp::socket socket(io);
      co_await socket.async_connect(tcp::endpoint(asio::ip::address_v4::loopback(), port), asio::use_awaitable);
      co_await asio::async_write(socket, asio::buffer(bytes), as_outcome);
      std::string answer;
      (void)co_await asio::async_read(socket, asio::dynamic_buffer(answer), as_outcome);
      co_return answer;
    });
  }
  /// The error of a handshake whose context `prepare` made special.
  boost::system::error_code shake_hands(std::function<void(SSL*)> prepare, std::string* protocol = nullptr) {
    asio::ssl::context context(asio::ssl::context::tls_client);
    return run([&]() -> awaitable<boost::system::error_code> {
      TlsSocket socket(io, context);
      prepare(socket.native_handle());
      co_await socket.next_layer().async_connect(tcp::endpoint(asio::ip::address_v4::loopback(), port),
                                                 asio::use_awaitable);
      auto const [code] = co_await socket.async_handshake(asio::ssl::stream_base::client, as_outcome);
      if (protocol != nullptr && !code) {
        unsigned char const* name = nullptr;
        unsigned size = 0;
        SSL_get0_alpn_selected(socket.native_handle(), &name, &size);
        protocol->assign(reinterpret_cast<char const*>(name), size);
      }
      co_return code;
    });
  }

  support::CertificateAuthority ours{"Our CA"};
  std::shared_ptr<http::TlsIdentity> identity;
  std::uint16_t port = 0;
  aio::Event news{io.get_executor()};
};

TEST_F(HttpServerTls, serves_one_who_trusts_it_and_says_that_it_was_tls) {
  std::string seen;
  serve_tls([&](RequestContext request) -> awaitable<Reply> {
    seen = (request.tls ? "tls " : "plain ") + request.address + " " + std::to_string(request.local_port);
    EXPECT_FALSE(request.peer);
    co_return Reply::text(200, request.body);
  });
  auto client = tls_client();
  std::string const large(900'000, 'x');
  auto const answer = post(client, large);
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->body, large);
  EXPECT_EQ(seen, "tls 127.0.0.1 " + std::to_string(port));
  EXPECT_TRUE(post(client, "again"));
  EXPECT_EQ(server->connections(), 1U) << "kept alive";
}

TEST_F(HttpServerTls, tells_one_who_speaks_plain_http_what_to_write) {
  serve_tls(echo());
  auto const answer = exchange_plainly("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(answer, HasSubstr("https://"));
}

TEST_F(HttpServerTls, speaks_tls_1_2_and_newer_and_http_1_1_alone) {
  serve_tls(echo());
  EXPECT_FALSE(shake_hands([](SSL*) {}));
  EXPECT_FALSE(shake_hands([](SSL* ssl) { SSL_set_max_proto_version(ssl, TLS1_2_VERSION); }));
  EXPECT_TRUE(shake_hands([](SSL* ssl) {
    SSL_set_security_level(ssl, 0);
    SSL_set_min_proto_version(ssl, TLS1_VERSION);
    SSL_set_max_proto_version(ssl, TLS1_1_VERSION);
  }));
  std::string protocol;
  EXPECT_FALSE(shake_hands(
      [](SSL* ssl) { SSL_set_alpn_protos(ssl, reinterpret_cast<unsigned char const*>("\x02h2\x08http/1.1"), 12); },
      &protocol));
  EXPECT_EQ(protocol, "http/1.1");
  EXPECT_TRUE(
      shake_hands([](SSL* ssl) { SSL_set_alpn_protos(ssl, reinterpret_cast<unsigned char const*>("\x02h2"), 3); }));
}

TEST_F(HttpServerTls, closes_on_one_who_does_not_finish_the_handshake) {
  http::ServerLimits limits;
  limits.header = 100ms;
  serve_tls(echo(), limits);
  EXPECT_EQ(exchange_plainly(""), "");
  EXPECT_EQ(exchange_plainly(std::string("\x16\x03\x01\x02\x00\x01", 6)), "");
  settle();
  EXPECT_EQ(server->connections(), 0U);
}

TEST_F(HttpServerTls, ends_a_stream_that_waits_for_news_when_the_peer_hangs_up) {
  bool begun = false, cancelled = false;
  serve_tls([&](RequestContext) -> awaitable<Reply> {
    auto reply = Reply::stream(200, "text/event-stream", [&](http::BodyWriter& writer) -> awaitable<void> {
      (void)co_await writer.write("hello");
      begun = true;
      try {
        co_await news.wait();
      } catch (boost::system::system_error const&) {
        cancelled = true;
        throw;
      }
    });
    reply.endless = true;
    co_return reply;
  });
  auto client = tls_client();
  run([&]() -> awaitable<void> {
    Request request("GET", "/");
    auto opened = co_await client.open(std::move(request), http::Patience::total(5s));
    EXPECT_TRUE(opened);
    co_return;
  });
  auto const end = std::chrono::steady_clock::now() + 5s;
  while (!cancelled && io.run_one_until(end) != 0) {
  }
  EXPECT_TRUE(begun);
  EXPECT_TRUE(cancelled);
}

TEST_F(HttpServerTls, reads_its_files_again_and_keeps_the_old_ones_when_the_new_are_wrong) {
  serve_tls(echo());
  write_identity(ours.issue("DNS:elsewhere"));
  ASSERT_TRUE(identity->reload());
  auto client = tls_client();
  auto const other = post(client, "x");
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().operation, HasSubstr("elsewhere"));
  write_identity(ours.issue("DNS:localhost"));
  ASSERT_TRUE(identity->reload());
  std::ofstream(cert()) << "nonsense";
  EXPECT_FALSE(identity->reload());
  EXPECT_TRUE(post(client, "x"));
}

TEST_F(HttpServerTls, says_which_of_its_files_is_wrong) {
  auto const error = [this] { return http::TlsIdentity::load(cert(), key()).error(); };
  std::ofstream(key()) << ours.issue("DNS:localhost").key;
  EXPECT_EQ(error().subject, key()) << "another certificate's key";
  std::ofstream(cert()) << "nonsense";
  EXPECT_EQ(error().subject, cert());
  std::filesystem::remove(key());
  EXPECT_EQ(error().code, Errc::not_found);
}

}  // namespace http_test
