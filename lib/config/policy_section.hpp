#pragma once

#include "config/policy.hpp"
#include "config/reader.hpp"

namespace config {

/// Reads `policy:`. Where it is given, `images` and `paths` have to be: a list left out would allow nothing, and that
/// should not come as a surprise.
[[nodiscard]] Policy read_policy(Reader const& reader, Node const& node);

}  // namespace config
