#pragma once

#include <string>

#include "domain/pipeline.hpp"
#include "store/runs.hpp"

namespace orchestrator {

/// One line for a shell that runs an attempt's command again by hand: the same image, arguments, environment, limits
/// and mounts, without our init; results go to ./out. Inputs that were fetched or copied for the attempt are gone by
/// then, so they are looked for in the folder that it is called in. URLs and secrets are never in it. `create_body` is
/// the attempt's; empty if that cannot be read. Pure.
[[nodiscard]] std::string docker_run(store::RunRow const& run, domain::PipelineSpec const& pipeline,
                                     std::string const& create_body, std::string const& state_dir);

/// One word of a shell command (bash, zsh), whatever the bytes.
[[nodiscard]] std::string shell_word(std::string_view bytes);

}  // namespace orchestrator
