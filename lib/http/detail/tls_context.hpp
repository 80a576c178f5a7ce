#pragma once

#include <boost/asio/ssl/context.hpp>
#include <string_view>

namespace http::detail {

/// OpenSSL's settings for clients: TLS 1.2 or newer, peers verified.
class TlsContext {
 public:
  /// Throws boost::system::system_error if this OpenSSL offers no TLS.
  TlsContext();
  void use_system_store();
  /// False if there is no certificate in it, or one cannot be read.
  [[nodiscard]] bool add_authorities(std::string_view pem);
  [[nodiscard]] boost::asio::ssl::context& native() noexcept { return context_; }

 private:
  boost::asio::ssl::context context_;
};

}  // namespace http::detail
