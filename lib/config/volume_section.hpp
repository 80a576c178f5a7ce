#pragma once

#include <vector>

#include "config/reader.hpp"
#include "domain/pipeline.hpp"

namespace config {

/// Reads `volumes:`, read-only reference data, in compose's short ("/src:/dst[:ro]") and long form ({source, target});
/// notes the places of "volumes[i]".
[[nodiscard]] std::vector<domain::VolumeSpec> read_volumes(Reader const& reader, Node const& node, Places& places);

}  // namespace config
