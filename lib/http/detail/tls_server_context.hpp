#pragma once

#include <boost/asio/ssl/context.hpp>
#include <string>

namespace http::detail {

/// OpenSSL's settings for a server: TLS 1.2 or newer, HTTP/1.1, no client certificates, buffers let go while idle.
class TlsServerContext {
 public:
  /// Throws boost::system::system_error if this OpenSSL offers no TLS.
  TlsServerContext();
  [[nodiscard]] bool use_certificate(std::string const& file);
  /// After use_certificate(); false if it does not belong to that.
  [[nodiscard]] bool use_key(std::string const& file);
  [[nodiscard]] boost::asio::ssl::context& native() noexcept { return context_; }

 private:
  boost::asio::ssl::context context_;
};

}  // namespace http::detail
