#pragma once

#include "config/daemon_config.hpp"

namespace tidewheeld {

/// The composition root: builds every part in order of dependency, runs until SIGTERM or SIGINT, takes it down in
/// reverse. Returns the exit code. Throws core::Failure for what keeps it from starting (state directory locked, socket
/// taken).
[[nodiscard]] int serve(config::DaemonConfig const& config);

/// `--check`: reads the certificate and every pipeline file and prints what is wrong; 0 or EX_CONFIG.
[[nodiscard]] int check_pipelines(config::DaemonConfig const& config);

}  // namespace tidewheeld
