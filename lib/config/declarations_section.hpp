#pragma once

#include <vector>

#include "config/reader.hpp"
#include "domain/pipeline.hpp"

namespace config {

/// Read `params:`, `outputs:` and `artifacts:`, each a map from names to what is declared of them, in the order of the
/// file.
[[nodiscard]] std::vector<domain::ParamSpec> read_params(Reader const& reader, Node const& node);
[[nodiscard]] std::vector<domain::OutputSpec> read_outputs(Reader const& reader, Node const& node);
[[nodiscard]] std::vector<domain::ArtifactSpec> read_artifacts(Reader const& reader, Node const& node);

}  // namespace config
