#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.hpp"
#include "config/policy.hpp"
#include "config/source_text.hpp"
#include "domain/pipeline.hpp"

namespace config {

/// What one file of pipelines_dir says (DESIGN 6.1). Pure: nothing but the text is looked at.
struct PipelineFile {
  std::optional<domain::PipelineSpec> spec;  ///< only if there are no diagnostics
  std::vector<Diagnostic> diagnostics;       ///< everything that is wrong, in line order
  std::string name;                          ///< also where the rest is wrong, if it could be read; else empty
  SourceText source;                         ///< for what is checked later, such as the policy
  Places places;  ///< of "image", "network_mode", "mem_limit", "watch[i].path", "watch[i].s3", "volumes[i]",
                  ///< "secrets[i]"
};

/// Reads a pipeline. `file` is only a name for messages. Any bytes will do: never throws because of them, and takes
/// time and memory within the bounds of parse_document().
[[nodiscard]] PipelineFile load_pipeline(std::string_view text, std::string_view file);

/// The same, checked against what this daemon lets pipelines ask for.
[[nodiscard]] PipelineFile load_pipeline(std::string_view text, std::string_view file, Policy const& policy);

/// Makes errors at their places in the file of what a policy has against it; with one there is no `spec` any more.
void refuse(PipelineFile& file, std::vector<PolicyViolation> const& violations);

}  // namespace config
