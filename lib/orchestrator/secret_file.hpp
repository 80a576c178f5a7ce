#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "s3/secret.hpp"

namespace orchestrator {

/// Who else may be able to read a secret's file.
enum class SecretMode : std::uint8_t { any, not_others };

/// How many characters a secret may have.
struct SecretSize {
  std::size_t shortest = 16, longest = 1024;
};

/// A secret out of a file: an absolute path, or the name of a systemd credential. Blanks at its end are left out.
/// `what` names it in errors. Blocking: a worker thread.
[[nodiscard]] core::Result<s3::Secret> read_secret_file(std::string const& place, std::string_view what,
                                                        SecretMode mode, SecretSize size = SecretSize());

/// The file that a place means: itself, or a systemd credential's. not_found: there are no credentials.
[[nodiscard]] core::Result<std::string> path_of_secret(std::string const& place, std::string_view what);

}  // namespace orchestrator
