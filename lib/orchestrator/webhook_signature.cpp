#include "orchestrator/webhook_signature.hpp"

#include "core/base64.hpp"
#include "core/sha256.hpp"

namespace orchestrator {

core::Result<s3::Secret> webhook_key(s3::Secret const& secret) {
  constexpr std::string_view prefix = "whsec_";
  std::string_view const text = secret.reveal();
  auto bytes = text.starts_with(prefix) ? core::from_base64(text.substr(prefix.size())) : std::nullopt;
  if (!bytes || bytes->size() < 24 || bytes->size() > 64)
    return core::Error{core::Errc::invalid,
                       "the webhook's secret is not whsec_ and base64 of 24 to 64 bytes",
                       {},
                       "make one: echo \"whsec_$(head -c 32 /dev/urandom | base64)\""};
  return s3::Secret(std::move(*bytes));
}

std::string webhook_signature(s3::Secret const& key, std::string_view id, std::string_view timestamp,
                              std::string_view body) {
  std::string text;
  text.reserve(id.size() + timestamp.size() + body.size() + 2);
  text.append(id).append(".").append(timestamp).append(".").append(body);
  auto const digest = core::hmac_sha256(key.reveal(), text);
  return "v1," + core::to_base64({reinterpret_cast<char const*>(digest.data()), digest.size()});
}

}  // namespace orchestrator
