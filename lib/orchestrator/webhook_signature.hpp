#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "s3/secret.hpp"

/// Standard Webhooks (github.com/standard-webhooks/standard-webhooks, spec 1.0.0). Pure.
namespace orchestrator {

/// The signing key out of "whsec_" and base64 of 24 to 64 bytes. The error does not show it.
[[nodiscard]] core::Result<s3::Secret> webhook_key(s3::Secret const& secret);

/// `webhook-signature`: "v1," and base64 of HMAC-SHA256 over "ID.TIMESTAMP.BODY".
[[nodiscard]] std::string webhook_signature(s3::Secret const& key, std::string_view id, std::string_view timestamp,
                                            std::string_view body);

}  // namespace orchestrator
