#pragma once

#include <string>

#include "aio/worker.hpp"
#include "config/daemon_config.hpp"
#include "core/time.hpp"
#include "docker/engine.hpp"
#include "orchestrator/state_dir.hpp"
#include "store/database.hpp"

namespace orchestrator {

using boost::asio::awaitable;

/// What the parts of this room share. Everything is owned by the composition root and outlives them; loop thread only.
struct Services {
  store::Database& database;
  docker::Engine& engine;
  aio::Worker& pool;  ///< blocking file work: hashing, copying, unpacking
  core::Clock const& clock;
  config::DaemonConfig const& config;
  StateDir const& state_dir;
  std::string instance;  ///< 32 hex digits, made once with the database; in container names and labels
};

}  // namespace orchestrator
