#include "docker/auth_file.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>

#include "core/base64.hpp"
#include "core/utf8.hpp"
#include "docker/detail/json.hpp"

namespace docker {

using core::Errc;
using core::Error;
using core::Result;
namespace json = boost::json;
using detail::object_at;
using detail::string_at;

namespace {

constexpr std::size_t longest_quote = 200;

/// A program's name goes into a path that is searched for: nothing that could lead elsewhere.
bool is_helper_name(std::string_view name) {
  auto const fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, fits);
}

/// The first line that is not empty, for a person.
std::string quote(std::string_view text) {
  auto const begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  auto const line = text.substr(begin, text.find_first_of("\r\n", begin) - begin);
  return core::to_display(line.substr(0, longest_quote));
}

}  // namespace

Result<AuthFile> AuthFile::parse(std::string_view text, std::string place) {
  boost::system::error_code error;
  auto const value = json::parse(json::string_view(text.data(), text.size()), error);
  if (error || !value.is_object())
    return Error{Errc::protocol, "read Docker's config.json: it is not a JSON object", place,
                 "`docker login` writes such a file; docker_config of the daemon's configuration names it"};
  AuthFile file;
  file.place_ = std::move(place);
  auto const& top = value.get_object();
  for (auto const& member : object_at(top, "auths")) {
    if (!member.value().is_object()) continue;
    auto const& object = member.value().get_object();
    file.auths_[registry_name(member.key())] = {
        core::Secret(string_at(object, "auth")), core::Secret(string_at(object, "username")),
        core::Secret(string_at(object, "password")), core::Secret(string_at(object, "identitytoken"))};
  }
  for (auto const& [server, helper] : detail::map_at(top, "credHelpers")) file.helpers_[registry_name(server)] = helper;
  file.store_ = string_at(top, "credsStore");
  return file;
}

Result<AuthFile::Found> AuthFile::find(std::string const& registry) const {
  if (auto const helper = helpers_.find(registry); helper != helpers_.end() && !helper->second.empty())
    return ask(helper->second, registry);
  if (!store_.empty()) return ask(store_, registry);
  auto const entry = auths_.find(registry);
  if (entry == auths_.end()) {
    RegistryLogin none;
    none.source = place_ + " has no login for " + registry;
    return Found(std::move(none));
  }
  auto login = read(entry->second, registry);
  if (!login) return login.error();
  return Found(std::move(*login));
}

Result<AuthFile::Found> AuthFile::ask(std::string const& helper, std::string const& registry) const {
  if (!is_helper_name(helper))
    return Error{Errc::invalid, "the credential helper for " + registry + " has a name that no program has", place_,
                 "letters, digits, '-', '_' and '.': what stands behind docker-credential-"};
  return Found(CredentialHelper{"docker-credential-" + helper, server_address(registry)});
}

Result<RegistryLogin> AuthFile::read(Entry const& entry, std::string const& registry) const {
  RegistryLogin login;
  login.source = "`auths` of " + place_;
  login.username = entry.username.reveal();
  login.password = entry.password;
  login.identity_token = entry.identity_token;
  if (entry.auth.empty()) {
    if (login.empty()) login.source = place_ + " names " + registry + " but has no login for it";
    return login;
  }
  auto decoded = core::from_base64(entry.auth.reveal());
  core::Secret const pair(decoded ? std::move(*decoded) : std::string());
  auto const colon = pair.reveal().find(':');
  if (colon == std::string::npos || colon == 0)
    return Error{Errc::protocol, "the login for " + registry + " is not base64 of NAME:PASSWORD", place_,
                 "log in again: docker login " + registry};
  login.username = pair.reveal().substr(0, colon);
  login.password = core::Secret(pair.reveal().substr(colon + 1));
  return login;
}

Result<RegistryLogin> read_helper(CredentialHelper const& helper, HelperEnd const& end) {
  // The words of docker-credential-helpers; Docker looks for them too. Then the image may be one for everybody.
  constexpr std::string_view not_found = "credentials not found in native keychain";
  auto const& out = end.out.reveal();
  auto const asking = "ask " + helper.program + " for the login at " + helper.server + ": ";
  if (end.exit_code != 0) {
    if (out.find(not_found) != out.npos) {
      RegistryLogin none;
      none.source = helper.program + " has no login for " + helper.server;
      return none;
    }
    // By its protocol an error is said on standard output; where a secret could be in it, it is not repeated.
    auto const words = out.find("\"Secret\"") != out.npos ? std::string() : quote(out);
    auto const said = words.empty() ? quote(end.errors) : words;
    return Error{Errc::unavailable,
                 asking + "it ended with code " + std::to_string(end.exit_code) + (said.empty() ? "" : ": " + said),
                 helper.program,
                 "try it as the daemon's user: echo " + helper.server + " | " + helper.program + " get"};
  }
  boost::system::error_code error;
  auto const value = json::parse(json::string_view(out.data(), out.size()), error);
  auto const* const object = !error && value.is_object() ? &value.get_object() : nullptr;
  core::Secret secret(object == nullptr ? std::string() : string_at(*object, "Secret"));
  auto username = object == nullptr ? std::string() : string_at(*object, "Username");
  if (secret.empty() || username.empty())
    return Error{Errc::protocol, asking + "its answer is not JSON with Username and Secret", helper.program,
                 "it is no credential helper, or a broken one: see docker_config of the daemon's configuration"};
  RegistryLogin login;
  login.source = helper.program;
  if (username == "<token>") {
    login.identity_token = std::move(secret);
  } else {
    login.username = std::move(username);
    login.password = std::move(secret);
  }
  return login;
}

}  // namespace docker
