#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/daemon_config.hpp"
#include "core/result.hpp"
#include "domain/pipeline.hpp"
#include "s3/secret.hpp"

namespace orchestrator {

inline constexpr std::size_t longest_secret = std::size_t{64} << 10;

/// A secret of a pipeline: bytes as they are, line feeds at the end too.
struct SecretValue {
  std::string name;
  s3::Secret value;
};

/// What the pipeline's secrets are now: each from the systemd credential of its name ($CREDENTIALS_DIRECTORY), else
/// from the file of its name in `secrets_dir`. Errors name the secret and never its value: permission (the daemon's
/// policy does not let the pipeline have it, or others may read the folder), not_found, invalid (empty, over 64 KiB, no
/// file). Blocking: a worker thread.
[[nodiscard]] core::Result<std::vector<SecretValue>> read_secrets(domain::PipelineSpec const& pipeline,
                                                                  config::DaemonConfig const& config);

/// An attempt's own copy of a secret, below the attempt's folder.
[[nodiscard]] std::filesystem::path laid_secret(std::filesystem::path const& attempt_dir, std::string const& name);

/// Writes the copies: any user in the container can read them, and on the host nobody can, by the folder's mode. They
/// go when the folder does. Blocking.
[[nodiscard]] core::Result<void> lay_secrets(std::filesystem::path const& attempt_dir,
                                             std::vector<SecretValue> const& secrets);

/// The values that the attempt was given. Blocking.
[[nodiscard]] core::Result<std::vector<std::string>> read_laid_secrets(std::filesystem::path const& attempt_dir,
                                                                       std::vector<std::string> const& names);

}  // namespace orchestrator
