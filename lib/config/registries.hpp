#pragma once

#include <map>
#include <string>

#include "config/reader.hpp"

namespace config {

/// One entry of `registries:` in the daemon's configuration.
struct RegistryAccount {
  std::string username;
  /// A file with the password: its absolute path, or the name of a systemd credential. The configuration never holds
  /// the password.
  std::string password_file;
};
using Registries = std::map<std::string, RegistryAccount>;  ///< by host, "registry.example.org:5000"

/// Reads `registries:`, a map of logins.
[[nodiscard]] Registries read_registries(Reader const& reader, Node const& node);

}  // namespace config
