#include "orchestrator/hint_secret.hpp"

#include "core/base64.hpp"
#include "core/sha256.hpp"
#include "http/headers.hpp"
#include "orchestrator/secret_file.hpp"

namespace orchestrator {

using core::Result;

namespace {

/// What a client claims to be the secret; empty: nothing.
std::string claim_of(std::string_view authorization) {
  auto const blank = authorization.find(' ');
  auto const scheme = authorization.substr(0, blank);
  auto const rest = blank == authorization.npos ? std::string_view() : authorization.substr(blank + 1);
  if (http::same_name(scheme, "Bearer")) return std::string(rest);
  if (!http::same_name(scheme, "Basic")) return {};
  auto const pair = core::from_base64(rest).value_or("");
  auto const colon = pair.find(':');
  return colon == pair.npos ? std::string() : pair.substr(colon + 1);
}

/// Digests have one length, and every byte of them is looked at.
bool same(std::string_view one, std::string_view other) {
  auto const left = core::sha256(one);
  auto const right = core::sha256(other);
  unsigned difference = 0;
  for (std::size_t i = 0; i < left.size(); ++i) difference |= static_cast<unsigned>(left[i] ^ right[i]);
  return difference == 0;
}

}  // namespace

awaitable<Result<bool>> carries_secret(Services& services, std::string place, std::string authorization) {
  auto work = [place = std::move(place), authorization = std::move(authorization)]() -> Result<bool> {
    auto const secret = read_secret_file(place, "hints_secret", SecretMode::any);
    if (!secret) return secret.error();
    return same(claim_of(authorization), secret->reveal());
  };
  co_return co_await services.pool.run(std::move(work));
}

}  // namespace orchestrator
