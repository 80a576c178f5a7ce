#pragma once

#include <cstdint>
#include <string>

namespace api {

/// A label and a message, as README files show them. Pure.
struct Badge {
  enum class Look : std::uint8_t { good, doubtful, bad, unknown };
  std::string label, message;
  Look look = Look::unknown;
};

/// A picture whose text is text; any bytes will do.
[[nodiscard]] std::string to_svg(Badge const& badge);
/// What shields.io's endpoint badge reads (schemaVersion 1).
[[nodiscard]] std::string to_shields_json(Badge const& badge);

}  // namespace api
