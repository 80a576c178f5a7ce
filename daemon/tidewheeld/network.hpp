#pragma once

#include <memory>

#include "config/daemon_config.hpp"
#include "docker/engine_client.hpp"
#include "http/server.hpp"
#include "http/tls_identity.hpp"

namespace tidewheeld {

/// As many open files as the system allows: each stream of the page is one.
void raise_descriptor_limit();

/// `api.tls`, or null. Errors: what is wrong with which file.
[[nodiscard]] core::Result<std::shared_ptr<http::TlsIdentity>> load_identity(config::DaemonConfig const& config);

/// The engine of the configuration, not asked yet. not_found: a credential is named where there are none.
[[nodiscard]] core::Result<std::unique_ptr<docker::EngineClient>> connect_engine(config::DaemonConfig const& config);
/// What is wrong with the files of `engine.tls`; a running daemon holds its pipelines for that and looks again.
[[nodiscard]] core::Result<void> check_engine(config::DaemonConfig const& config);

[[nodiscard]] http::ServerLimits server_limits(config::DaemonConfig const& config);

/// The unix socket and all of `api.listen`. Throws core::Failure (address taken).
void add_listeners(http::Server& server, config::DaemonConfig const& config,
                   std::shared_ptr<http::TlsIdentity> const& identity);

}  // namespace tidewheeld
