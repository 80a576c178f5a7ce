#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <fstream>

#include "aio/sleep.hpp"
#include "support/certificates.hpp"
#include "unit/http/fixture.hpp"

namespace http_test {

using namespace std::chrono_literals;
using asio::ip::tcp;
using http::Endpoint;
using http::TlsTrust;
using TlsSocket = asio::ssl::stream<tcp::socket>;

/// A TLS server on loopback whose connections a test scripts.
class Tls : public HttpTest {
 protected:
  using Script = std::function<awaitable<void>(TlsSocket&, int)>;

  void serve_tls(support::Certificate const& identity, Script script) {
    context.use_certificate_chain(asio::buffer(identity.certificate));
    context.use_private_key(asio::buffer(identity.key), asio::ssl::context::pem);
    auto acceptor = std::make_shared<tcp::acceptor>(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    port = acceptor->local_endpoint().port();
    running.emplace(io, [this, acceptor, script]() -> awaitable<void> {
      for (;;) {
        auto socket = std::make_shared<TlsSocket>(io, context);
        co_await acceptor->async_accept(socket->next_layer(), asio::use_awaitable);
        peers.emplace_back(io, [this, script, socket, number = ++accepted]() -> awaitable<void> {
          auto const [error] = co_await socket->async_handshake(asio::ssl::stream_base::server, as_outcome);
          if (error) co_return;
          char const* const asked = SSL_get_servername(socket->native_handle(), TLSEXT_NAMETYPE_host_name);
          server_name = asked != nullptr ? asked : "";
          co_await script(*socket, number);
        });
      }
    });
  }

  /// Reads requests and answers each, over one connection.
  static Script answering(std::string body = "hello") {
    return [body](TlsSocket& socket, int) -> awaitable<void> {
      for (;;) {
        std::string request;
        char byte = 0;
        while (!request.ends_with("\r\n\r\n")) {
          auto const [error, count] = co_await asio::async_read(socket, asio::buffer(&byte, 1), as_outcome);
          if (error) co_return;
          request += byte;
        }
        auto const text = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
        co_await asio::async_write(socket, asio::buffer(text), asio::use_awaitable);
      }
    };
  }

  TlsTrust trust(std::string const& pem) {
    auto const path = (dir / "ca.pem").string();
    std::ofstream(path) << pem;
    return TlsTrust::with_file(path, TlsTrust::SystemStore::unused).value();
  }
  Result<http::Response> get(http::Client& client, std::chrono::milliseconds deadline = 5s) {
    return run([&]() -> awaitable<Result<http::Response>> {
      Request request("GET", "/");
      request.deadline = deadline;
      co_return co_await client.send(std::move(request));
    });
  }
  Result<http::Response> get_from(std::string host, TlsTrust const& trusted) {
    http::Client client(Endpoint::tls(std::move(host), port), http::Client::Limits(), trusted);
    return get(client);
  }

  support::CertificateAuthority ours{"Our CA"};
  asio::ssl::context context{asio::ssl::context::tls_server};
  std::uint16_t port = 0;
  std::string server_name;
};

TEST_F(Tls, speaks_to_a_server_that_its_authority_vouches_for) {
  serve_tls(ours.issue("DNS:localhost"), answering(std::string(300000, 'x')));
  http::Client client(Endpoint::tls("localhost", port), http::Client::Limits(), trust(ours.pem()));
  auto const first = get(client);
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_EQ(first->body, std::string(300000, 'x'));
  EXPECT_EQ(server_name, "localhost") << "SNI";
  EXPECT_TRUE(get(client));
  EXPECT_EQ(accepted, 1) << "one connection, one handshake";
}

TEST_F(Tls, verifies_an_address_by_the_certificates_addresses) {
  serve_tls(ours.issue("IP:127.0.0.1"), answering());
  auto const trusted = trust(ours.pem());
  EXPECT_TRUE(get_from("127.0.0.1", trusted));
  EXPECT_EQ(server_name, "") << "an address is no SNI";
  auto const by_name = get_from("localhost", trusted);
  ASSERT_FALSE(by_name);
  EXPECT_NE(by_name.error().operation.find("for 127.0.0.1 and not for localhost"), std::string::npos)
      << by_name.error().message();
}

TEST_F(Tls, takes_no_name_for_an_address) {
  serve_tls(ours.issue("DNS:127.0.0.1"), answering());
  EXPECT_EQ(get_from("127.0.0.1", trust(ours.pem())).error().code, Errc::permission);
}

TEST_F(Tls, refuses_another_hosts_certificate) {
  serve_tls(ours.issue("DNS:a.example,DNS:b.example"), answering());
  auto const answer = get_from("localhost", trust(ours.pem()));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::permission);
  EXPECT_NE(answer.error().operation.find("for a.example, b.example and not for localhost"), std::string::npos)
      << answer.error().message();
  EXPECT_FALSE(answer.error().hint.empty());
}

TEST_F(Tls, refuses_an_authority_that_it_does_not_know) {
  support::CertificateAuthority const others("Their CA");
  serve_tls(others.issue("DNS:localhost"), answering());
  auto const answer = get_from("localhost", trust(ours.pem()));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::permission);
  EXPECT_NE(answer.error().operation.find("'CN=Their CA', which is not trusted"), std::string::npos)
      << answer.error().message();
  EXPECT_NE(answer.error().hint.find("CA file"), std::string::npos);
  EXPECT_EQ(get_from("localhost", TlsTrust::system()).error().code, Errc::permission) << "nor does the system";
}

TEST_F(Tls, refuses_an_authority_that_only_has_the_right_name) {
  support::CertificateAuthority const impostor("Our CA");
  serve_tls(impostor.issue("DNS:localhost"), answering());
  EXPECT_EQ(get_from("localhost", trust(ours.pem())).error().code, Errc::permission);
}

TEST_F(Tls, refuses_a_certificate_outside_its_time) {
  serve_tls(ours.issue("DNS:localhost", -2h, -1h), answering());
  auto const late = get_from("localhost", trust(ours.pem()));
  ASSERT_FALSE(late);
  EXPECT_NE(late.error().operation.find("it expired on"), std::string::npos) << late.error().message();
  EXPECT_NE(late.error().hint.find("renew"), std::string::npos);
}

TEST_F(Tls, refuses_a_certificate_before_its_time) {
  serve_tls(ours.issue("DNS:localhost", 1h, 2h), answering());
  auto const early = get_from("localhost", trust(ours.pem()));
  ASSERT_FALSE(early);
  EXPECT_NE(early.error().operation.find("not valid before"), std::string::npos) << early.error().message();
}

TEST_F(Tls, refuses_old_protocols) {
  SSL_CTX_set_security_level(context.native_handle(), 0);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context.native_handle(), TLS1_1_VERSION);
  serve_tls(ours.issue("DNS:localhost"), answering());
  EXPECT_EQ(get_from("localhost", trust(ours.pem())).error().code, Errc::protocol);
}

TEST_F(Tls, says_that_a_port_does_not_speak_it) {
  tcp::acceptor acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  port = acceptor.local_endpoint().port();
  running.emplace(io, [&]() -> awaitable<void> {
    tcp::socket socket(io);
    co_await acceptor.async_accept(socket, asio::use_awaitable);
    co_await asio::async_write(socket, asio::buffer("HTTP/1.1 400 Bad Request\r\n\r\n", 28), asio::use_awaitable);
    char byte = 0;
    while (std::get<0>(co_await asio::async_read(socket, asio::buffer(&byte, 1), as_outcome)) == asio::error::eof)
      break;
  });
  auto const answer = get_from("localhost", trust(ours.pem()));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::protocol);
  EXPECT_NE(answer.error().operation.find("does not speak TLS"), std::string::npos) << answer.error().message();
}

TEST_F(Tls, handshake_has_the_deadline_too) {
  tcp::acceptor const silent(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  http::Client client(Endpoint::tls("127.0.0.1", silent.local_endpoint().port()), http::Client::Limits(),
                      trust(ours.pem()));
  EXPECT_EQ(get(client, 100ms).error().code, Errc::timeout);
}

TEST_F(Tls, handshake_can_be_cancelled) {
  tcp::acceptor const silent(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  http::Client client(Endpoint::tls("127.0.0.1", silent.local_endpoint().port()), http::Client::Limits(),
                      trust(ours.pem()));
  Background waiting(io, [&]() -> awaitable<void> {
    Request request("GET", "/");
    (void)co_await client.send(std::move(request));
  });
  settle();
  EXPECT_FALSE(waiting.ended());
  waiting.stop();
}

TEST_F(Tls, body_that_is_cut_is_no_answer) {
  serve_tls(ours.issue("DNS:localhost"), [](TlsSocket& socket, int) -> awaitable<void> {
    char byte = 0;
    co_await asio::async_read(socket, asio::buffer(&byte, 1), asio::use_awaitable);
    std::string const text = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf of it";
    co_await asio::async_write(socket, asio::buffer(text), asio::use_awaitable);
    socket.next_layer().shutdown(tcp::socket::shutdown_send);  // without TLS's own end: anybody could have done it
    std::string rest;
    (void)co_await asio::async_read(socket.next_layer(), asio::dynamic_buffer(rest), as_outcome);
  });
  auto const answer = get_from("localhost", trust(ours.pem()));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::unavailable) << answer.error().message();
}

TEST_F(Tls, idle_connection_that_the_server_closed_is_not_used) {
  serve_tls(ours.issue("DNS:localhost"), [](TlsSocket& socket, int number) -> awaitable<void> {
    if (number > 1) co_return co_await answering()(socket, number);
    char bytes[1024];
    (void)co_await socket.async_read_some(asio::buffer(bytes), asio::use_awaitable);
    std::string const text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    co_await asio::async_write(socket, asio::buffer(text), asio::use_awaitable);
    (void)co_await socket.async_shutdown(as_outcome);
  });
  http::Client client(Endpoint::tls("localhost", port), http::Client::Limits(), trust(ours.pem()));
  EXPECT_EQ(get(client)->body, "ok");
  settle();
  EXPECT_EQ(get(client)->body, "hello");
}

}  // namespace http_test
