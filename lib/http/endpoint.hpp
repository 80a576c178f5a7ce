#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace http {

/// Where a server is: a unix socket, or host and port over TCP, with or without TLS.
class Endpoint {
 public:
  /// "unix:///run/x.sock", "tcp://host:2375", "http://host", "https://host", "tcp://[::1]:2375". Errc::invalid for
  /// anything else, a path behind the port included.
  [[nodiscard]] static core::Result<Endpoint> parse(std::string_view uri);
  [[nodiscard]] static Endpoint unix_socket(std::string path);
  [[nodiscard]] static Endpoint tcp(std::string host, std::uint16_t port);

  [[nodiscard]] static Endpoint tls(std::string host, std::uint16_t port);
  /// The same scheme and port at another host.
  [[nodiscard]] Endpoint with_host(std::string host) const;

  [[nodiscard]] bool is_unix() const noexcept { return !path_.empty(); }
  [[nodiscard]] bool is_tls() const noexcept { return tls_; }
  [[nodiscard]] std::string const& path() const noexcept { return path_; }
  [[nodiscard]] std::string const& host() const noexcept { return host_; }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// As parse() reads it.
  [[nodiscard]] std::string to_string() const;
  /// What stands in the Host header: the port only if it is not the scheme's own (80, 443), as RFC 9110 4.2.3 prefers,
  /// and as a signature over that header expects it.
  [[nodiscard]] std::string authority() const;

 private:
  Endpoint() = default;
  [[nodiscard]] std::string bracketed() const;

  std::string path_, host_;
  std::uint16_t port_ = 0;
  bool tls_ = false;
};

}  // namespace http
