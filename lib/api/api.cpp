#include "api/api.hpp"

#include "api/problem.hpp"
#include "api/routes.hpp"

namespace api {

namespace {

awaitable<http::Reply> answer(std::shared_ptr<Room> room, config::Access needed, Endpoint endpoint,
                              http::RequestContext request) {
  auto const allowed = co_await room->access.check(request.peer, needed);
  if (!allowed) co_return problem(allowed.error());
  try {
    co_return co_await endpoint(room, std::move(request));
  } catch (core::Failure const& failure) {
    co_return problem(failure.error());
  }
}

}  // namespace

void add(http::Router& router, std::shared_ptr<Room> const& room, config::Access needed, std::string_view method,
         std::string_view pattern, Endpoint endpoint) {
  auto handler = [room, needed, endpoint](http::RequestContext request) {
    return answer(room, needed, endpoint, std::move(request));
  };
  router.add(method, pattern, std::move(handler));
}

http::Router build_router(Parts parts) {
  http::Router router;
  auto const room = std::make_shared<Room>(std::move(parts));
  add_status_routes(router, room);
  add_pipeline_routes(router, room);
  add_run_routes(router, room);
  add_log_routes(router, room);
  add_hint_routes(router, room);
  add_why_routes(router, room);
  return router;
}

}  // namespace api
