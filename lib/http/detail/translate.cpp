#include "http/detail/translate.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/system/system_error.hpp>
#include <string>

namespace http::detail {

namespace asio = boost::asio;
namespace beast = boost::beast;
using core::Errc;
using core::Error;

void throw_if_cancelled(boost::system::error_code code) {
  if (code == asio::error::operation_aborted) throw boost::system::system_error(code);
}

bool is_peer_closed(boost::system::error_code code) noexcept {
  return code == asio::error::broken_pipe || code == asio::error::connection_reset;
}

namespace {

Error closed(std::string_view operation, std::string_view how, std::string_view subject) {
  return Error{Errc::unavailable, std::string(operation) + ": " + std::string(how), std::string(subject), ""};
}

}  // namespace

std::optional<Error> refused_certificate(boost::system::error_code code, std::string_view subject) {
  if (code.category() != asio::error::get_ssl_category()) return std::nullopt;
  std::string why;
  switch (ERR_GET_REASON(static_cast<unsigned long>(code.value()))) {
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
      why = "it does not know the authority that signed it";
      break;
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
      why = "it has expired";
      break;
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
      why = "it was revoked";
      break;
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      why = "it wants one, and none was shown";
      break;
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
      why = "it has expired, is not signed by the authority that the server trusts, or is not one for clients";
      break;
    default:
      return std::nullopt;
  }
  return Error{Errc::permission, "TLS: the server does not believe our certificate: " + why, std::string(subject),
               "let the authority that the server trusts sign one with extendedKeyUsage clientAuth"};
}

Error translate(boost::system::error_code code, std::string_view operation, std::string_view subject) {
  if (code == beast::error::timeout || code == asio::error::timed_out)
    return Error{Errc::timeout, std::string(operation) + ": no answer in time", std::string(subject), ""};
  if (code == beast::http::error::end_of_stream || code == asio::error::eof || is_peer_closed(code))
    return closed(operation, "connection closed", subject);
  if (code == beast::http::error::partial_message)
    return closed(operation, "connection closed in the middle of a message", subject);
  // Without TLS's own end, whoever sits on the way may have cut the answer (RFC 8446 6.1).
  if (code == asio::ssl::error::stream_truncated) return closed(operation, "connection cut", subject);
  if (auto const refused = refused_certificate(code, subject)) return *refused;
  if (code.category() == asio::error::get_ssl_category())
    return Error{Errc::protocol, std::string(operation) + ": TLS: " + code.message(), std::string(subject), ""};
  if (code == beast::http::error::body_limit || code == beast::http::error::header_limit)
    return Error{Errc::too_large, std::string(operation) + ": " + code.message(), std::string(subject), ""};
  if (code.category() == beast::http::make_error_code(beast::http::error::end_of_stream).category())
    return Error{Errc::protocol, std::string(operation) + ": not HTTP: " + code.message(), std::string(subject), ""};
  if (code.category() == boost::system::system_category() || code.category() == boost::system::generic_category())
    return core::from_errno(code.value(), operation, subject);
  return Error{Errc::io, std::string(operation) + ": " + code.message(), std::string(subject), ""};
}

Error translate_connect(boost::system::error_code code, std::string_view subject) {
  Error error = translate(code, "connect", subject);
  if (error.code != Errc::permission && error.code != Errc::timeout) error.code = Errc::unavailable;
  return error;
}

}  // namespace http::detail
