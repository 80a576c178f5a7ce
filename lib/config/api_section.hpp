#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/reader.hpp"

namespace config {

/// Each may do what the one before it may: look; start, stop and pause runs; make and revoke tokens.
enum class Access : std::uint8_t { read, operate, admin };
[[nodiscard]] std::string_view to_string(Access access) noexcept;
[[nodiscard]] std::optional<Access> parse_access(std::string_view word) noexcept;

/// Where to listen: a numeric address in its canonical form, and a port.
struct ListenAddress {
  std::string address;
  std::uint16_t port = 0;

  /// "127.0.0.1:7420", "[::1]:7420".
  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] bool is_loopback() const;
  bool operator==(ListenAddress const&) const = default;
};

/// PEM files.
struct TlsFiles {
  std::string cert, key;
};

/// `api:` of the daemon's configuration.
struct ApiConfig {
  std::string socket = "/run/tidewheel/tidewheel.sock";
  std::map<std::string, Access> groups{{"tidewheel", Access::operate}};  ///< by group name; for the unix socket
  std::vector<ListenAddress> listen;                                     ///< over TCP; empty: not at all
  std::optional<TlsFiles> tls;                                           ///< of all of `listen`
  std::set<std::string> trusted_proxies;                                 ///< numeric, canonical
  std::string public_url;  ///< scheme, host, port; no slash at the end. Empty: what `listen` says

  /// What people and links call the daemon: `public_url`, or the first of `listen`; empty without TCP.
  [[nodiscard]] std::string base_url() const;
};

/// Reads `api:`. Beyond loopback, `tls` or `trusted_proxy` has to be there.
[[nodiscard]] ApiConfig read_api(Reader const& reader, Node const& node);

/// A numeric address in its canonical form; nullopt: it is none.
[[nodiscard]] std::optional<std::string> numeric_address(std::string const& text);

}  // namespace config
