#pragma once

#include "core/result.hpp"
#include "docker/engine.hpp"
#include "domain/init_protocol.hpp"

namespace orchestrator {

/// Puts a command into the body of a container without our init, whose entrypoint it becomes as a whole: then neither
/// the image's ENTRYPOINT nor its CMD are added. Errc::invalid for a text that is not UTF-8 (Docker's JSON would turn
/// its bytes into U+FFFD) and for an empty name of the command (that means "none" there); Errc::too_large over 1 MiB in
/// all.
[[nodiscard]] core::Result<void> carry_command(domain::InitCommand const& command, docker::ContainerSpec& spec);

}  // namespace orchestrator
