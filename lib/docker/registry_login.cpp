#include "docker/registry_login.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "core/base64.hpp"
#include "docker/reference.hpp"

namespace docker {

namespace {

constexpr std::string_view hub = "docker.io";
constexpr std::string_view hub_address = "https://index.docker.io/v1/";

}  // namespace

std::string registry_name(std::string_view written) {
  for (std::string_view const scheme : {"https://", "http://"})
    if (written.starts_with(scheme)) written.remove_prefix(scheme.size());
  auto const name = written.substr(0, written.find('/'));
  bool const is_hub = name == "index.docker.io" || name == "registry-1.docker.io";
  return std::string(is_hub ? hub : name);
}

std::string registry_of(std::string_view reference) {
  auto const parsed = Reference::parse(reference);
  return parsed ? registry_name(parsed->full_repository()) : std::string();
}

std::string server_address(std::string const& registry) {
  return registry == hub ? std::string(hub_address) : registry;
}

core::Secret registry_auth(RegistryLogin const& login, std::string const& registry) {
  if (login.empty()) return {};
  boost::json::object object;
  if (login.identity_token.empty()) {
    object["username"] = login.username;
    object["password"] = login.password.reveal();
  } else {
    object["identitytoken"] = login.identity_token.reveal();
  }
  object["serveraddress"] = server_address(registry);
  core::Secret const text(boost::json::serialize(object));
  auto encoded = core::to_base64(text.reveal());
  // RFC 4648 section 5, and with its padding: the engine takes nothing else.
  std::ranges::replace(encoded, '+', '-');
  std::ranges::replace(encoded, '/', '_');
  return core::Secret(std::move(encoded));
}

}  // namespace docker
