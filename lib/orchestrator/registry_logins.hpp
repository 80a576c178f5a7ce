#pragma once

#include <string>

#include "docker/auth_file.hpp"
#include "orchestrator/services.hpp"

namespace orchestrator {

/// Where the logins for registries come from: `registries` of the daemon's configuration, then Docker's config.json if
/// `docker_config` names it, with its credential helpers. Everything is read at each pull, so that a new password needs
/// no restart. Loop thread only.
class RegistryLogins {
 public:
  explicit RegistryLogins(Services& services) : services_(services) {}

  /// The login for a registry ("registry.example.org:5000", "docker.io"), or an empty one whose source says why there
  /// is none. An error means that there should be one: a file that cannot be read, a helper that is missing, slow or
  /// talks nonsense.
  [[nodiscard]] awaitable<core::Result<docker::RegistryLogin>> find(std::string registry);

 private:
  [[nodiscard]] awaitable<core::Result<docker::RegistryLogin>> ask(docker::CredentialHelper helper);

  Services& services_;
};

}  // namespace orchestrator
