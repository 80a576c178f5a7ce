#pragma once

#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "core/result.hpp"
#include "docker/registry_login.hpp"

namespace docker {

/// A program that knows a login: `docker-credential-NAME get`, with the server on its standard input
/// (github.com/docker/docker-credential-helpers).
struct CredentialHelper {
  std::string program;  ///< "docker-credential-pass"
  std::string server;   ///< as `docker login` calls it
};

/// What Docker's config.json says about logins: `auths`, `credHelpers`, `credsStore`. No I/O. Secrets never get into an
/// error.
class AuthFile {
 public:
  /// `place` names it in messages. protocol: it is not such a file.
  [[nodiscard]] static core::Result<AuthFile> parse(std::string_view text, std::string place);

  /// What holds for a registry: a helper named for it, then the one for all, then what the file itself has; an empty
  /// login if that is nothing. As in Docker, `auths` is not looked at where there is a helper.
  using Found = std::variant<RegistryLogin, CredentialHelper>;
  [[nodiscard]] core::Result<Found> find(std::string const& registry) const;

 private:
  struct Entry {
    core::Secret auth, username, password, identity_token;
  };
  [[nodiscard]] core::Result<Found> ask(std::string const& helper, std::string const& registry) const;
  [[nodiscard]] core::Result<RegistryLogin> read(Entry const& entry, std::string const& registry) const;

  std::string place_;
  std::map<std::string, Entry> auths_;          ///< by registry
  std::map<std::string, std::string> helpers_;  ///< by registry
  std::string store_;
};

/// How a helper ended. `exit_code` is 128 and the signal for one that was killed.
struct HelperEnd {
  int exit_code = 0;
  core::Secret const& out;
  std::string const& errors;
};
/// The login that a helper told; an empty one where it says that it has none for the server. unavailable: it failed;
/// protocol: what it said is not {"Username": ..., "Secret": ...}.
[[nodiscard]] core::Result<RegistryLogin> read_helper(CredentialHelper const& helper, HelperEnd const& end);

}  // namespace docker
