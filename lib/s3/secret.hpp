#pragma once

#include <optional>
#include <string>

#include "core/secret.hpp"
#include "core/time.hpp"

namespace s3 {

using core::Secret;

/// What signs a request. The key id is no secret: S3 repeats it in its errors.
struct Credentials {
  std::string access_key_id;
  Secret secret_access_key;
  Secret session_token;               ///< empty for long-lived keys
  std::optional<core::Wall> expires;  ///< nullopt: never, as far as is known
  std::string source;                 ///< for a person: "environment", "profile acme of /root/.aws/credentials"
};

}  // namespace s3
