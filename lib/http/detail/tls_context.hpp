#pragma once

#include <boost/asio/ssl/context.hpp>
#include <string>
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
  /// What is shown to a server that asks; false if there is no certificate in the file, or one that is damaged.
  [[nodiscard]] bool use_certificate(std::string const& file);
  /// After use_certificate(); false if it does not belong to that, or wants a passphrase.
  [[nodiscard]] bool use_key(std::string const& file);
  /// Why our own certificate is of no use now: "it expired on ..."; empty: it is good, or there is none.
  [[nodiscard]] std::string own_problem() const;
  [[nodiscard]] boost::asio::ssl::context& native() noexcept { return context_; }

 private:
  mutable boost::asio::ssl::context context_;
};

}  // namespace http::detail
