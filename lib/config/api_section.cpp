#include "config/api_section.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "config/map_reader.hpp"
#include "config/paths.hpp"

namespace config {
namespace {

constexpr std::array<std::string_view, 3> access_names{"read", "operate", "admin"};
constexpr std::size_t longest_socket_path = 107;  // sun_path of unix(7), less its NUL
constexpr std::size_t most_addresses = 16;

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

std::optional<ListenAddress> parse_listen(std::string_view text) {
  auto const colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  auto host = text.substr(0, colon);
  bool const bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  auto address = numeric_address(std::string(host));
  auto const port = parse_port(text.substr(colon + 1));
  if (!address || !port || bracketed != (host.find(':') != std::string_view::npos)) return std::nullopt;
  return ListenAddress{std::move(*address), *port};
}

/// "https://host:port" in lower case; nullopt if it is anything else or more than that.
std::optional<std::string> parse_public_url(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (text.ends_with('/')) text.pop_back();
  auto const scheme = text.starts_with("https://") ? 8U : text.starts_with("http://") ? 7U : 0U;
  auto const host = text.substr(scheme);
  constexpr std::string_view known = "abcdefghijklmnopqrstuvwxyz0123456789-._:[]";
  if (scheme == 0 || host.empty() || host.size() > 255 || host.find_first_not_of(known) != std::string::npos)
    return std::nullopt;
  return text;
}

class ApiReader {
 public:
  ApiReader(Reader const& reader, Node const& node) : reader_(reader), keys_(reader, node, "api") {}

  ApiConfig read() {
    if (auto const* socket = keys_.take("socket")) read_socket(*socket);
    if (auto const* groups = keys_.take("groups")) read_groups(*groups);
    auto const* listen = keys_.take("listen");
    if (listen != nullptr) read_listen(*listen);
    if (auto const* tls = keys_.take("tls")) read_tls(*tls);
    if (auto const* proxies = keys_.take("trusted_proxy")) read_proxies(*proxies);
    if (auto const* url = keys_.take("public_url")) read_public_url(*url);
    keys_.finish();
    if (listen != nullptr) check_exposure(*listen);
    return std::move(api_);
  }

 private:
  void error(Node const& node, std::string message, std::string hint) {
    reader_.source().error(node.span, std::move(message), std::move(hint));
  }

  void read_path(Node const& node, std::string& into) {
    auto const text = reader_.text(node);
    if (!text) return;
    if (!text->starts_with('/'))
      error(node, "the path has to be absolute", "it starts with '/'");
    else if (!is_normal_absolute(*text))
      error(node, "the path is not in its normal form", "write '" + normalized(*text) + "'");
    else
      into = *text;
  }

  void read_socket(Node const& node) {
    read_path(node, api_.socket);
    if (api_.socket.size() > longest_socket_path) error(node, "the path is too long for a socket", "at most 107 bytes");
  }

  void read_groups(Node const& node) {
    if (!reader_.expect(node, Node::Kind::map, "a map such as {tidewheel: operate}")) return;
    api_.groups.clear();
    for (auto const& entry : node.entries)
      if (auto const word = reader_.word(entry.value, access_names))
        api_.groups[entry.key] = static_cast<Access>(*word);
  }

  /// The scalars of one or a list of them.
  std::vector<Node const*> scalars(Node const& node) {
    std::vector<Node const*> all;
    if (node.kind != Node::Kind::list) return {&node};
    for (auto const& item : node.items) all.push_back(&item);
    if (all.size() > most_addresses) error(node, "these are too many", "at most " + std::to_string(most_addresses));
    return all;
  }

  void read_listen(Node const& node) {
    for (auto const* item : scalars(node)) {
      auto const text = reader_.text(*item);
      auto const parsed = text ? parse_listen(*text) : std::nullopt;
      if (!text) continue;
      if (!parsed)
        error(*item, "'" + *text + "' is not a numeric address with a port",
              "such as 127.0.0.1:7420 or \"[::1]:7420\"");
      else if (std::ranges::find(api_.listen, *parsed) != api_.listen.end())
        error(*item, "this stands here twice", "take one of them out");
      else
        api_.listen.push_back(*parsed);
    }
  }

  void read_tls(Node const& node) {
    if (!reader_.expect(node, Node::Kind::map, "a map: {cert: /path.pem, key: /path.pem}")) return;
    MapReader keys(reader_, node, "api.tls");
    TlsFiles files;
    if (auto const* cert = keys.require("cert", "the certificate and those above it, PEM"))
      read_path(*cert, files.cert);
    if (auto const* key = keys.require("key", "the certificate's key, PEM")) read_path(*key, files.key);
    keys.finish();
    api_.tls = std::move(files);
  }

  void read_proxies(Node const& node) {
    for (auto const* item : scalars(node)) {
      auto const text = reader_.text(*item);
      if (!text) continue;
      if (auto address = numeric_address(*text))
        api_.trusted_proxies.insert(std::move(*address));
      else
        error(*item, "'" + *text + "' is not a numeric address",
              "the address that the proxy connects from, such as 10.0.0.7");
    }
  }

  void read_public_url(Node const& node) {
    auto const text = reader_.text(node);
    if (!text) return;
    if (auto url = parse_public_url(*text))
      api_.public_url = std::move(*url);
    else
      error(node, "'" + *text + "' is not https://HOST or http://HOST:PORT", "without a path behind it");
  }

  /// What goes over a network without TLS can be read there, tokens included.
  void check_exposure(Node const& node) {
    if (api_.tls || !api_.trusted_proxies.empty()) return;
    for (auto const& at : api_.listen) {
      if (at.is_loopback()) continue;
      error(node,
            at.to_string() + " can be reached from other machines, and without TLS tokens could be read on the way",
            "give `tls: {cert: …, key: …}`, or name the proxy that has TLS: `trusted_proxy: ADDRESS`; or listen on "
            "127.0.0.1:" +
                std::to_string(at.port));
      return;
    }
  }

  Reader const& reader_;
  MapReader keys_;
  ApiConfig api_;
};

}  // namespace

std::string_view to_string(Access access) noexcept {
  return access_names[static_cast<std::size_t>(access)];
}

std::optional<Access> parse_access(std::string_view word) noexcept {
  auto const* const found = std::ranges::find(access_names, word);
  if (found == access_names.end()) return std::nullopt;
  return static_cast<Access>(found - access_names.begin());
}

std::optional<std::string> numeric_address(std::string const& text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  std::array<char, INET6_ADDRSTRLEN> canonical{};
  for (int const family : {AF_INET, AF_INET6})
    if (::inet_pton(family, text.c_str(), bytes.data()) == 1)
      return std::string(::inet_ntop(family, bytes.data(), canonical.data(), canonical.size()));
  return std::nullopt;
}

std::string ListenAddress::to_string() const {
  return (address.find(':') == std::string::npos ? address : "[" + address + "]") + ":" + std::to_string(port);
}

bool ListenAddress::is_loopback() const {
  return address.starts_with("127.") || address == "::1";
}

std::string ApiConfig::base_url() const {
  if (!public_url.empty() || listen.empty()) return public_url;
  auto reached = listen.front();
  if (reached.address == "0.0.0.0") reached.address = "127.0.0.1";
  if (reached.address == "::") reached.address = "::1";
  return (tls ? "https://" : "http://") + reached.to_string();
}

ApiConfig read_api(Reader const& reader, Node const& node) {
  return ApiReader(reader, node).read();
}

}  // namespace config
