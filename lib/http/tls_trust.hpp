#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/result.hpp"

namespace http {

namespace detail {
class TlsContext;
}

/// Which certificate authorities a TLS client believes. Immutable and cheap to copy; clients share it. The chain and
/// the name (RFC 6125: SNI and DNS names, or the IP address) are always verified, with TLS 1.2 or newer; there is no
/// way to switch that off.
class TlsTrust {
 public:
  enum class SystemStore : std::uint8_t { used, unused };

  /// The system's store: SSL_CERT_FILE and SSL_CERT_DIR, on Debian /etc/ssl/certs. A folder is read as it is needed.
  [[nodiscard]] static TlsTrust system();
  /// The authorities of a PEM file, beside those of the system or in place of them. Reads the file, so not on the loop
  /// once that runs. Errors: not_found, permission, invalid (no certificate in it).
  [[nodiscard]] static core::Result<TlsTrust> with_file(std::string const& path, SystemStore store);

  /// The authorities of `ca` alone, and a certificate chain with its key (PEM) for servers that want to know who we
  /// are. Errors as above; also for a key that others may read, or that is of another certificate or has a passphrase.
  [[nodiscard]] static core::Result<TlsTrust> with_identity(std::string const& ca, std::string const& cert,
                                                            std::string const& key);

  [[nodiscard]] detail::TlsContext& context() const noexcept { return *context_; }

 private:
  explicit TlsTrust(std::shared_ptr<detail::TlsContext> context) : context_(std::move(context)) {}

  std::shared_ptr<detail::TlsContext> context_;
};

}  // namespace http
