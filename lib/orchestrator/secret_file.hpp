#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "s3/secret.hpp"

namespace orchestrator {

/// Who else may be able to read a secret's file.
enum class SecretMode : std::uint8_t { any, not_others };

/// A secret out of a file: an absolute path, or the name of a systemd credential. 16 to 1024 characters, blanks at its
/// end left out. `what` names it in errors. Blocking: a worker thread.
[[nodiscard]] core::Result<s3::Secret> read_secret_file(std::string const& place, std::string_view what,
                                                        SecretMode mode);

}  // namespace orchestrator
