#pragma once

#include <optional>

#include "api/call.hpp"
#include "store/idempotency.hpp"

namespace api {

/// What the request is to be done only once under, if it says so: the draft of the HTTP working group
/// (draft-ietf-httpapi-idempotency-key-header), with the key as it comes. Throws core::Failure (invalid) for a key that
/// is none.
[[nodiscard]] std::optional<store::OnceOnly> once_of(Call const& call);

}  // namespace api
