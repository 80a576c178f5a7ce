#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "domain/pipeline.hpp"
#include "store/runs.hpp"

namespace orchestrator {

/// What a run handed back: `/out/outputs.json` (a flat JSON object) and the `name=value` lines of $TIDEWHEEL_OUTPUTS,
/// checked against the pipeline's `outputs`. A line wins over the file; the last line of a name wins; a name twice in
/// the file is an error. A line's value is plain text where that fits the declared type, else JSON. Undeclared names
/// are kept with the type their value shows. Hostile input: bounded by the caller to 1 MiB each; NaN, infinity, nesting
/// of declared scalars, wrong types and missing required names are errors, all told at once.
[[nodiscard]] core::Result<std::vector<store::OutputRow>> read_outputs(std::vector<domain::OutputSpec> const& declared,
                                                                       std::string_view json_text,
                                                                       std::string_view lines);

inline constexpr std::size_t outputs_limit = std::size_t{1} << 20;

}  // namespace orchestrator
