#include "http/endpoint.hpp"

#include <charconv>
#include <optional>

namespace http {

namespace {

constexpr std::uint16_t http_port = 80, https_port = 443;

core::Error malformed(std::string_view uri) {
  return core::Error{core::Errc::invalid, "not the address of a server", std::string(uri),
                     "write unix:///path/to.sock, tcp://host:port or https://host"};
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

}  // namespace

Endpoint Endpoint::unix_socket(std::string path) {
  Endpoint endpoint;
  endpoint.path_ = std::move(path);
  return endpoint;
}

Endpoint Endpoint::tcp(std::string host, std::uint16_t port) {
  Endpoint endpoint;
  endpoint.host_ = std::move(host);
  endpoint.port_ = port;
  return endpoint;
}

Endpoint Endpoint::tls(std::string host, std::uint16_t port) {
  Endpoint endpoint = tcp(std::move(host), port);
  endpoint.tls_ = true;
  return endpoint;
}

Endpoint Endpoint::with_host(std::string host) const {
  Endpoint other = *this;
  other.host_ = std::move(host);
  return other;
}

core::Result<Endpoint> Endpoint::parse(std::string_view uri) {
  if (uri.starts_with("unix://")) {
    auto const path = uri.substr(7);
    constexpr std::size_t longest = 107;  // sockaddr_un::sun_path without its final zero
    if (!path.starts_with('/') || path.size() > longest || path.find('\0') != std::string_view::npos)
      return malformed(uri);
    return unix_socket(std::string(path));
  }
  bool const is_tls = uri.starts_with("https://");
  bool const is_http = uri.starts_with("http://");
  if (!is_tls && !is_http && !uri.starts_with("tcp://")) return malformed(uri);
  std::string_view rest = uri.substr(uri.find("//") + 2);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  bool const is_v6 = rest.starts_with('[');
  auto const host_end = is_v6 ? rest.find(']') : rest.find(':');
  auto const host = is_v6 ? rest.substr(1, host_end == rest.npos ? 0 : host_end - 1) : rest.substr(0, host_end);
  if (host.empty() || host.find_first_of("/?#@ ") != host.npos) return malformed(uri);
  auto const after = host_end == rest.npos ? std::string_view{} : rest.substr(host_end + (is_v6 ? 1 : 0));
  auto port = after.starts_with(':') ? parse_port(after.substr(1)) : std::nullopt;
  if (after.empty() && (is_http || is_tls)) port = is_tls ? https_port : http_port;
  if (!port) return malformed(uri);
  return is_tls ? tls(std::string(host), *port) : tcp(std::string(host), *port);
}

std::string Endpoint::to_string() const {
  if (is_unix()) return "unix://" + path_;
  return (tls_ ? "https://" : "tcp://") + bracketed() + ":" + std::to_string(port_);
}

std::string Endpoint::authority() const {
  if (is_unix()) return "localhost";
  bool const is_usual = port_ == (tls_ ? https_port : http_port);
  return is_usual ? bracketed() : bracketed() + ":" + std::to_string(port_);
}

std::string Endpoint::bracketed() const {
  return host_.find(':') != std::string::npos ? "[" + host_ + "]" : host_;
}

}  // namespace http
