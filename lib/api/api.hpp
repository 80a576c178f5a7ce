#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "api/feed.hpp"
#include "api/static_files.hpp"
#include "docker/request_counts.hpp"
#include "http/router.hpp"
#include "orchestrator/actions.hpp"
#include "orchestrator/registry.hpp"
#include "orchestrator/retention.hpp"
#include "orchestrator/scheduler.hpp"
#include "orchestrator/services.hpp"
#include "orchestrator/signals.hpp"

namespace api {

using boost::asio::awaitable;

/// How the loop has done since the start, for the promise that it never blocks.
struct LoopStatus {
  std::int64_t handlers = 0;
  std::int64_t longest_cpu_us = 0;  ///< most thread CPU that one handler used
  std::int64_t slept = 0;           ///< handlers that slept outside epoll
};

/// What the routes answer from. Owned by the composition root, outlives the server.
struct Parts {
  orchestrator::Services& services;
  orchestrator::Registry& registry;
  orchestrator::Scheduler& scheduler;
  orchestrator::Actions& actions;
  Feed& feed;
  std::function<LoopStatus()> loop;          ///< may be empty
  std::span<Asset const> assets;             ///< the web page
  orchestrator::Signals* signals = nullptr;  ///< notifications and counts
  docker::RequestCounts const* engine_requests = nullptr;
  orchestrator::Retention* retention = nullptr;
};

/// Every route of /api/v1 and /healthz. Loop thread only; queries and the making of long answers run on the reader
/// thread.
[[nodiscard]] http::Router build_router(Parts parts);

}  // namespace api
