#pragma once

#include <functional>
#include <string>

#include "aio/worker.hpp"
#include "config/daemon_config.hpp"
#include "core/time.hpp"
#include "docker/engine.hpp"
#include "orchestrator/state_dir.hpp"
#include "store/database.hpp"

namespace orchestrator {

class Buckets;

using boost::asio::awaitable;

/// What the parts of this room share. Everything is owned by the composition root and outlives them; loop thread only.
struct Services {
  store::Database& database;
  docker::Engine& engine;
  aio::Worker& pool;  ///< blocking file work: hashing, copying, unpacking
  core::Clock const& clock;
  config::DaemonConfig const& config;
  StateDir const& state_dir;
  std::string instance;        ///< 32 hex digits, made once with the database; in container names and labels
  Buckets* buckets = nullptr;  ///< null: this daemon has no S3 connections
  /// Asks the source of a root to look at one of its keys soon; set by the registry, which owns the sources.
  std::function<void(std::string const& root, std::string const& key)> look_at = {};
  /// Called while nothing starts for want of room on the disk; set by the composition root.
  std::function<void()> disk_is_low = {};
};

}  // namespace orchestrator
