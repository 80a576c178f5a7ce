#pragma once

#include <openssl/x509.h>

#include <string>

#include "core/result.hpp"
#include "http/endpoint.hpp"

namespace http::detail {

/// Why a certificate was not believed, noted while OpenSSL still has it at hand.
class CertificateProblem {
 public:
  /// From the verify callback (SSL_CTX_set_verify(3)).
  void note(X509_STORE_CTX* context);
  [[nodiscard]] bool is_noted() const noexcept { return code_ != X509_V_OK; }
  /// Errc::permission, with what is wrong and what to do.
  [[nodiscard]] core::Error to_error(Endpoint const& endpoint) const;

 private:
  int code_ = X509_V_OK;
  std::string names_;      ///< the certificate is for these
  std::string issuer_;     ///< who signed it
  std::string from_, to_;  ///< its time
};

}  // namespace http::detail
