#pragma once

#include <string>
#include <string_view>

#include "core/secret.hpp"

namespace docker {

/// Who somebody is to a registry. With neither password nor token: nobody, as anonymous pulls are.
struct RegistryLogin {
  std::string username;
  core::Secret password;
  core::Secret identity_token;  ///< instead of name and password
  /// For a person, where it comes from, or why there is none: "`registries` of the daemon's configuration".
  std::string source;

  [[nodiscard]] bool empty() const noexcept { return password.empty() && identity_token.empty(); }
};

/// The registry of an image reference, with its port: "registry.example.org:5000"; "docker.io" where none is named.
/// Empty for what is no reference.
[[nodiscard]] std::string registry_of(std::string_view reference);
/// What people and `docker login` write, as registry_of() does: without scheme and path, Docker Hub under one name.
[[nodiscard]] std::string registry_name(std::string_view written);
/// What a registry is called towards credential helpers and the engine.
[[nodiscard]] std::string server_address(std::string const& registry);

/// The value of X-Registry-Auth (docs.docker.com/engine/api, "Authentication"); empty for an empty login.
[[nodiscard]] core::Secret registry_auth(RegistryLogin const& login, std::string const& registry);

}  // namespace docker
