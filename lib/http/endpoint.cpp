#include "http/endpoint.hpp"

#include <charconv>
#include <optional>

namespace http {

namespace {

core::Error malformed(std::string_view uri) {
  return core::Error{core::Errc::invalid, "not the address of a server", std::string(uri),
                     "write unix:///path/to.sock or tcp://host:port"};
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

core::Result<Endpoint> Endpoint::parse(std::string_view uri) {
  if (uri.starts_with("unix://")) {
    auto const path = uri.substr(7);
    constexpr std::size_t longest = 107;  // sockaddr_un::sun_path without its final zero
    if (!path.starts_with('/') || path.size() > longest || path.find('\0') != std::string_view::npos)
      return malformed(uri);
    return unix_socket(std::string(path));
  }
  if (uri.starts_with("https://"))
    return core::Error{core::Errc::unsupported, "TLS is not offered here", std::string(uri), ""};
  bool const is_http = uri.starts_with("http://");
  if (!is_http && !uri.starts_with("tcp://")) return malformed(uri);
  std::string_view rest = uri.substr(is_http ? 7 : 6);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  bool const is_v6 = rest.starts_with('[');
  auto const host_end = is_v6 ? rest.find(']') : rest.find(':');
  auto const host = is_v6 ? rest.substr(1, host_end == rest.npos ? 0 : host_end - 1) : rest.substr(0, host_end);
  if (host.empty() || host.find_first_of("/?#@ ") != host.npos) return malformed(uri);
  auto const after = host_end == rest.npos ? std::string_view{} : rest.substr(host_end + (is_v6 ? 1 : 0));
  if (after.empty() && is_http) return tcp(std::string(host), 80);
  auto const port = after.starts_with(':') ? parse_port(after.substr(1)) : std::nullopt;
  if (!port) return malformed(uri);
  return tcp(std::string(host), *port);
}

std::string Endpoint::to_string() const {
  return is_unix() ? "unix://" + path_ : "tcp://" + authority();
}

std::string Endpoint::authority() const {
  if (is_unix()) return "localhost";
  bool const is_v6 = host_.find(':') != std::string::npos;
  return (is_v6 ? "[" + host_ + "]" : host_) + ":" + std::to_string(port_);
}

}  // namespace http
