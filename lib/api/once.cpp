#include "api/once.hpp"

#include "api/query.hpp"

namespace api {

std::optional<store::OnceOnly> once_of(Call const& call) {
  auto const key = call.headers.find("Idempotency-Key");
  if (!key) return std::nullopt;
  constexpr std::size_t longest = 255;
  if (key->empty() || key->size() > longest) refuse("has 1 to 255 characters", "Idempotency-Key");
  store::OnceOnly once;
  once.caller = call.who.token != 0 ? "token " + std::to_string(call.who.token) : call.who.name;
  once.key = *key;
  once.request = core::sha256(call.path + "\n" + call.body);
  return once;
}

}  // namespace api
