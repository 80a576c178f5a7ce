#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "domain/pipeline.hpp"

namespace domain {

/// The specification as JSON text, lossless and canonical: sorted keys, every key present, one spelling for each value,
/// so equal specifications have equal text and its SHA-256 identifies one. Floats are texts ("2.5"), because a JSON
/// library may round them; durations and times are milliseconds.
[[nodiscard]] std::string spec_to_json(PipelineSpec const& spec);

/// Reads what any earlier version wrote: a missing key keeps its default, an unknown one is left alone.
/// Errc::corrupt, with the key in `subject`, where a value is of the wrong kind.
[[nodiscard]] core::Result<PipelineSpec> spec_from_json(std::string_view text);

}  // namespace domain
