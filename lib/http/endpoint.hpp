#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace http {

/// Where a server is: a unix socket, or host and port over TCP.
class Endpoint {
 public:
  /// "unix:///run/x.sock", "tcp://host:2375", "http://host", "tcp://[::1]:2375". Errc::invalid for anything else,
  /// Errc::unsupported for https.
  [[nodiscard]] static core::Result<Endpoint> parse(std::string_view uri);
  [[nodiscard]] static Endpoint unix_socket(std::string path);
  [[nodiscard]] static Endpoint tcp(std::string host, std::uint16_t port);

  [[nodiscard]] bool is_unix() const noexcept { return !path_.empty(); }
  [[nodiscard]] std::string const& path() const noexcept { return path_; }
  [[nodiscard]] std::string const& host() const noexcept { return host_; }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// As parse() reads it.
  [[nodiscard]] std::string to_string() const;
  /// What stands in the Host header.
  [[nodiscard]] std::string authority() const;

 private:
  Endpoint() = default;

  std::string path_, host_;
  std::uint16_t port_ = 0;
};

}  // namespace http
