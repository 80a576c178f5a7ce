#include "http/detail/tls_handshake.hpp"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <string>

#include "http/detail/certificate_problem.hpp"
#include "http/detail/translate.hpp"

namespace http::detail {

namespace asio = boost::asio;
using boost::system::error_code;
using core::Errc;
using core::Error;
using core::Result;

namespace {

/// Whom the certificate must name. An address is compared with the certificate's addresses, and SNI is for names only
/// (RFC 6066 3).
bool expect_host(SSL* ssl, std::string const& host) {
  error_code not_numeric;
  (void)asio::ip::make_address(host, not_numeric);
  X509_VERIFY_PARAM* const rules = SSL_get0_param(ssl);
  if (!not_numeric) return X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str()) == 1;
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  std::string const name = host.ends_with('.') ? host.substr(0, host.size() - 1) : host;
  // What the macro SSL_set_tlsext_host_name says; OpenSSL copies the name.
  auto const set_sni = [ssl](std::string text) {
    return SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, text.data()) == 1;
  };
  return X509_VERIFY_PARAM_set1_host(rules, name.c_str(), name.size()) == 1 && set_sni(name);
}

Error handshake_error(error_code code, Endpoint const& endpoint) {
  auto const name = endpoint.to_string();
  if (code.category() != asio::error::get_ssl_category()) return translate(code, "TLS handshake", name);
  if (auto const refused = refused_certificate(code, name)) return *refused;
  auto const reason = ERR_GET_REASON(static_cast<unsigned long>(code.value()));
  bool const is_other_protocol = reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST ||
                                 reason == SSL_R_PACKET_LENGTH_TOO_LONG || reason == SSL_R_BAD_PROTOCOL_VERSION_NUMBER;
  if (is_other_protocol)
    return Error{Errc::protocol, "TLS handshake: the server does not speak TLS on this port", name,
                 "write http:// if it is meant to be without TLS, or the port of its TLS"};
  return Error{Errc::protocol, "TLS handshake: " + code.message(), name, "the server wants TLS of another kind"};
}

}  // namespace

asio::awaitable<Result<void>> shake_hands(TlsStream& stream, Endpoint endpoint) {
  if (!expect_host(stream.native_handle(), endpoint.host()))
    co_return Error{Errc::invalid, "TLS: not a host name that a certificate can carry", endpoint.host(), ""};
  auto const problem = std::make_shared<CertificateProblem>();
  stream.set_verify_callback([problem](bool is_good, asio::ssl::verify_context& context) {
    if (!is_good) problem->note(context.native_handle());
    return is_good;
  });
  auto const [code] =
      co_await stream.async_handshake(asio::ssl::stream_base::client, asio::as_tuple(asio::use_awaitable));
  throw_if_cancelled(code);
  if (!code) co_return Result<void>();
  if (problem->is_noted()) co_return problem->to_error(endpoint);
  co_return handshake_error(code, endpoint);
}

}  // namespace http::detail
