#include "api/api.hpp"

#include "api/problem.hpp"
#include "api/routes.hpp"
#include "api/static_files.hpp"

namespace api {

namespace {

core::Error out_of_reach() {
  return {core::Errc::permission,
          "this token is for some pipelines only, and that is about the whole daemon",
          {},
          "use a token without `pipelines`"};
}

/// Whether a caller who may see some pipelines alone may ask this at all. What they may not see is not there.
awaitable<core::Result<void>> in_reach(Room& room, Reach reach, Call const& call) {
  if (!call.who.pipelines || reach == Reach::own) co_return core::Result<void>();
  if (reach == Reach::everything) co_return out_of_reach();
  if (reach == Reach::pipeline) {
    auto const& name = call.params.find("name")->second;
    if (call.who.may_see(name)) co_return core::Result<void>();
    co_return core::Error{core::Errc::not_found, "there is no pipeline of that name", name, {}};
  }
  auto query = [who = call.who, run = call.params.find("run")->second](sql::Connection& db) -> core::Result<void> {
    auto const found = visible_run(db, who, run);
    if (!found) return found.error();
    return {};
  };
  co_return co_await room.parts.services.database.read(std::move(query));
}

awaitable<http::Reply> answer(std::shared_ptr<Room> room, config::Access needed, Reach reach, Endpoint endpoint,
                              http::RequestContext request) {
  auto decision = co_await room->access.check(request, needed);
  if (!decision.who) co_return std::move(decision.refusal);
  Call call(std::move(request), std::move(*decision.who));
  try {
    auto const allowed = co_await in_reach(*room, reach, call);
    if (!allowed) co_return problem(allowed.error());
    co_return co_await endpoint(room, std::move(call));
  } catch (core::Failure const& failure) {
    co_return problem(failure.error());
  }
}

}  // namespace

core::Result<store::RunRow> visible_run(sql::Connection& db, Principal const& who, std::string const& run) {
  auto found = store::load_run_by_id(db, run);
  if (found && who.may_see(found->pipeline_name)) return std::move(*found);
  return core::Error{core::Errc::not_found, "there is no such run", run, "`tidewheel runs` lists them"};
}

void add(http::Router& router, std::shared_ptr<Room> const& room, config::Access needed, Reach reach,
         std::string_view method, std::string_view pattern, Endpoint endpoint) {
  auto handler = [room, needed, reach, endpoint](http::RequestContext request) {
    return answer(room, needed, reach, endpoint, std::move(request));
  };
  router.add(method, pattern, std::move(handler));
}

http::Router build_router(Parts parts) {
  http::Router router;
  auto const room = std::make_shared<Room>(std::move(parts));
  add_status_routes(router, room);
  add_pipeline_routes(router, room);
  add_revision_routes(router, room);
  add_series_routes(router, room);
  add_bulk_routes(router, room);
  add_run_routes(router, room);
  add_retention_routes(router, room);
  add_log_routes(router, room);
  add_log_line_routes(router, room);
  add_feed_routes(router, room);
  add_hint_routes(router, room);
  add_metrics_routes(router, room);
  add_ready_routes(router, room);
  add_webhook_routes(router, room);
  add_why_routes(router, room);
  add_session_routes(router, room);
  add_token_routes(router, room);
  add_artifact_routes(router, room);
  add_item_routes(router, room);
  add_latest_routes(router, room);
  add_overview_routes(router, room);
  add_static_routes(router, room, room->parts.assets);
  return router;
}

}  // namespace api
