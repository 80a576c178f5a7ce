#pragma once

#include <memory>
#include <set>
#include <string>

#include "api/access.hpp"
#include "api/api.hpp"
#include "api/artifact_links.hpp"
#include "api/call.hpp"
#include "api/coverage.hpp"
#include "api/log_index.hpp"
#include "orchestrator/bulk.hpp"
#include "orchestrator/why.hpp"
#include "store/retention.hpp"
#include "store/run_search.hpp"

namespace api {

/// What the handlers share; kept alive by them.
struct Room {
  explicit Room(Parts given)
      : parts(std::move(given)),
        access(parts.services),
        why(parts.services, parts.registry, parts.scheduler),
        bulk(parts.services, parts.registry, parts.scheduler),
        coverage(parts.services) {}
  Parts parts;
  Access access;
  orchestrator::Why why;
  orchestrator::Bulk bulk;
  ArtifactLinks links;
  CoverageMeter coverage;
  LogIndexes logs;
  int exports = 0;                      ///< that are going on
  std::set<std::string> refused_hints;  ///< connections whose sender has a wrong secret, told of once
};

using Endpoint = awaitable<http::Reply> (*)(std::shared_ptr<Room>, Call);

/// What a route tells of, so that a caller who may see some pipelines alone sees no other.
enum class Reach : std::uint8_t {
  everything,  ///< the whole daemon: not for such callers
  pipeline,    ///< of the pipeline that the parameter `name` names
  run,         ///< of the run that the parameter `run` names
  own,         ///< the endpoint itself leaves out what `call.who` may not see
};

/// The run that a path names, by number or ULID, if the caller may see its pipeline; else not_found.
[[nodiscard]] core::Result<store::RunRow> visible_run(sql::Connection& db, Principal const& who,
                                                      std::string const& run);

/// not_found, if the caller sees no pipeline of that name.
[[nodiscard]] std::optional<core::Error> unknown_pipeline(sql::Connection& db, Principal const& who,
                                                          std::string const& name);

/// not_found, for a log that is no longer kept.
[[nodiscard]] core::Error log_was_removed(store::RunNo run, core::Wall when);

/// The runs that `q`, `pipeline`, `state`, `before` and `limit` ask for, as far as the caller may see them.
[[nodiscard]] store::RunSearch run_search_of(Call const& request, core::Wall now);

/// Adds `endpoint` behind the check of who asks. What it throws as core::Failure becomes a problem.
void add(http::Router& router, std::shared_ptr<Room> const& room, config::Access needed, Reach reach,
         std::string_view method, std::string_view pattern, Endpoint endpoint);

void add_status_routes(http::Router& router, std::shared_ptr<Room> const& room);
void add_pipeline_routes(http::Router& router, std::shared_ptr<Room> const& room);
void add_revision_routes(http::Router& router, std::shared_ptr<Room> const& room);
void add_series_routes(http::Router& router, std::shared_ptr<Room> const& room);
void add_bulk_routes(http::Router& router, std::shared_ptr<Room> const& room);
void add_run_routes(http::Router& router, std::shared_ptr<Room> const& room);
void add_retention_routes(http::Router& router, std::shared_ptr<Room> const& room);
void add_log_routes(http::Router& router, std::shared_ptr<Room> const& room);
void add_log_line_routes(http::Router& router, std::shared_ptr<Room> const& room);
void add_feed_routes(http::Router& router, std::shared_ptr<Room> const& room);
void add_hint_routes(http::Router& router, std::shared_ptr<Room> const& room);
void add_artifact_routes(http::Router& router, std::shared_ptr<Room> const& room);
void add_item_routes(http::Router& router, std::shared_ptr<Room> const& room);
void add_latest_routes(http::Router& router, std::shared_ptr<Room> const& room);
void add_overview_routes(http::Router& router, std::shared_ptr<Room> const& room);
void add_metrics_routes(http::Router& router, std::shared_ptr<Room> const& room);
void add_ready_routes(http::Router& router, std::shared_ptr<Room> const& room);
void add_webhook_routes(http::Router& router, std::shared_ptr<Room> const& room);
void add_why_routes(http::Router& router, std::shared_ptr<Room> const& room);
void add_session_routes(http::Router& router, std::shared_ptr<Room> const& room);
void add_token_routes(http::Router& router, std::shared_ptr<Room> const& room);

}  // namespace api
