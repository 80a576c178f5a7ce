#pragma once

#include <string>
#include <string_view>

#include "core/time.hpp"

namespace core {

/// A new ULID (github.com/ulid/spec): 48-bit wall milliseconds and 80 random bits, 26 characters of Crockford base32.
[[nodiscard]] std::string make_ulid(Wall now);

/// True for 26 upper-case Crockford characters whose value fits 128 bits.
[[nodiscard]] bool is_ulid(std::string_view text) noexcept;

/// `bytes` random bytes from the kernel as lower-case hex.
[[nodiscard]] std::string random_hex(std::size_t bytes);

}  // namespace core
