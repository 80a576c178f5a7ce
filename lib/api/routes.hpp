#pragma once

#include <memory>
#include <set>
#include <string>

#include "api/access.hpp"
#include "api/api.hpp"
#include "orchestrator/why.hpp"

namespace api {

/// What the handlers share; kept alive by them.
struct Room {
  explicit Room(Parts given)
      : parts(std::move(given)), access(parts.services), why(parts.services, parts.registry, parts.scheduler) {}
  Parts parts;
  Access access;
  orchestrator::Why why;
  std::set<std::string> refused_hints;  ///< connections whose sender has a wrong secret, told of once
};

using Endpoint = awaitable<http::Reply> (*)(std::shared_ptr<Room>, http::RequestContext);

/// Adds `endpoint` behind the check of who asks. What it throws as core::Failure becomes a problem.
void add(http::Router& router, std::shared_ptr<Room> const& room, config::Access needed, std::string_view method,
         std::string_view pattern, Endpoint endpoint);

void add_status_routes(http::Router& router, std::shared_ptr<Room> const& room);
void add_pipeline_routes(http::Router& router, std::shared_ptr<Room> const& room);
void add_run_routes(http::Router& router, std::shared_ptr<Room> const& room);
void add_log_routes(http::Router& router, std::shared_ptr<Room> const& room);
void add_hint_routes(http::Router& router, std::shared_ptr<Room> const& room);
void add_why_routes(http::Router& router, std::shared_ptr<Room> const& room);

}  // namespace api
