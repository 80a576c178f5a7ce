#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace docker {

/// A version of the Engine API: "1.41" is older than "1.100".
struct ApiVersion {
  int major = 0, minor = 0;

  [[nodiscard]] static std::optional<ApiVersion> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;
  auto operator<=>(ApiVersion const&) const = default;
};

/// The newest that this code was written for, and the oldest that has all it uses (1.40 brought
/// BindOptions.NonRecursive).
inline constexpr ApiVersion newest_api{1, 47};
inline constexpr ApiVersion oldest_api{1, 40};

/// min(ours, theirs); Errc::unsupported, saying which side is too old, if the ranges do not meet.
[[nodiscard]] core::Result<ApiVersion> negotiate(ApiVersion engine_oldest, ApiVersion engine_newest);

}  // namespace docker
