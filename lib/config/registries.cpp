#include "config/registries.hpp"

#include <algorithm>

#include "config/map_reader.hpp"
#include "config/paths.hpp"

namespace config {
namespace {

constexpr std::string_view form = "write {username: ci, password_file: /etc/tidewheel/registry.password}";

/// HOST or HOST:PORT, as it stands in references of images.
bool is_registry(std::string_view name) {
  auto const colon = std::min(name.find(':'), name.size());
  auto const host = name.substr(0, colon);
  auto const port = name.substr(std::min(colon + 1, name.size()));
  auto const fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; };
  auto const has_port = colon != name.size();
  return !host.empty() && host.size() <= 253 && std::ranges::all_of(host, fits) &&
         (!has_port || (!port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == port.npos));
}

class AccountReader {
 public:
  AccountReader(Reader const& reader, Node const& map, std::string host)
      : reader_(reader), keys_(reader, map, "registry '" + host + "'"), host_(std::move(host)) {}

  RegistryAccount read() {
    RegistryAccount account;
    if (holds_secrets()) return account;  // every other complaint would show the line that it stands in
    if (auto const* username = keys_.require("username", std::string(form)))
      if (auto text = reader_.text(*username)) {
        if (text->empty() || text->size() > 256 || text->find(':') != text->npos)
          reader_.source().error(username->span, "this is not a name of a user", "1 to 256 characters without ':'");
        else
          account.username = std::move(*text);
      }
    if (auto const* file = keys_.require("password_file", std::string(form))) read_file(*file, account);
    keys_.finish();
    return account;
  }

 private:
  void read_file(Node const& node, RegistryAccount& account) {
    auto const text = reader_.text(node);
    if (!text) return;
    bool const is_credential = !text->empty() && text->find('/') == text->npos;
    if (is_credential || is_normal_absolute(*text))
      account.password_file = *text;
    else
      reader_.source().error(node.span, "the path has to be absolute and in its normal form",
                             "it starts with '/'; a name without '/' is a systemd credential");
  }

  /// What people try, and must not: this file is readable to many.
  bool holds_secrets() {
    bool found = false;
    for (auto const* key : {"password", "token", "auth", "identitytoken"}) {
      if (keys_.take(key) == nullptr) continue;
      found = true;
      reader_.source().file_error("registries." + host_ + "." + key + ": secrets do not belong into this file",
                                  "write the password into a file of its own, and name it: password_file: /path");
    }
    return found;
  }

  Reader const& reader_;
  MapReader keys_;
  std::string host_;
};

}  // namespace

Registries read_registries(Reader const& reader, Node const& node) {
  Registries registries;
  if (!reader.expect(node, Node::Kind::map, "a map of registries",
                     "write registries: {registry.example.org: {username: ci, password_file: /path}}"))
    return registries;
  for (auto const& entry : node.entries) {
    if (!is_registry(entry.key))
      reader.source().error(
          entry.key_span, "'" + entry.key + "' is not a registry",
          "its host as it stands in images, with the port if there is one: registry.example.org:5000; "
          "Docker Hub is docker.io");
    if (reader.expect(entry.value, Node::Kind::map, "a map", std::string(form)))
      registries.emplace(entry.key, AccountReader(reader, entry.value, entry.key).read());
  }
  return registries;
}

}  // namespace config
