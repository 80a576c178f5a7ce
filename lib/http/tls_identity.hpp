#pragma once

#include <memory>
#include <string>

#include "core/result.hpp"

namespace http {

namespace detail {
class TlsServerContext;
}

/// Who a listening socket is in TLS: a certificate chain and its key, from PEM files. TLS 1.2 or newer, HTTP/1.1 by
/// ALPN. Loop thread only. Errors of both functions: not_found, permission, invalid (no PEM, a key of another
/// certificate, a key with a passphrase); each names the file.
class TlsIdentity {
 public:
  /// Reads the files, so it blocks for a moment.
  [[nodiscard]] static core::Result<std::shared_ptr<TlsIdentity>> load(std::string cert, std::string key);
  /// Reads them again, for connections that come from now on. On an error all stays as it is.
  [[nodiscard]] core::Result<void> reload();

  [[nodiscard]] std::shared_ptr<detail::TlsServerContext> const& context() const noexcept { return context_; }

 private:
  TlsIdentity(std::string cert, std::string key) : cert_(std::move(cert)), key_(std::move(key)) {}

  std::string cert_, key_;
  std::shared_ptr<detail::TlsServerContext> context_;
};

}  // namespace http
