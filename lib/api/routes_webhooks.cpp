#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "api/json.hpp"
#include "api/problem.hpp"
#include "api/query.hpp"
#include "api/routes.hpp"
#include "store/outbox.hpp"

namespace api {

namespace {

json::object to_json(std::string const& name, config::Webhook const& hook, store::WebhookState const& state,
                     orchestrator::Webhooks::Counts const& counts) {
  json::object object;
  object["name"] = name;
  object["url"] = orchestrator::shown_url(hook.url);
  json::array pipelines;
  for (auto const& glob : hook.pipelines) pipelines.emplace_back(as_utf8(glob));
  object["pipelines"] = std::move(pipelines);
  object["waiting"] = state.waiting;
  object["next_try_at"] = api::to_json(state.next_try);
  object["last_delivered_at"] = api::to_json(state.last_delivered);
  object["last_failed_at"] = api::to_json(state.last_failed);
  object["error"] = state.error.empty() ? json::value(nullptr) : json::value(as_utf8(state.error));
  object["given_up"] = state.given_up;
  object["delivered"] = counts.delivered;
  object["failed"] = counts.failed;
  return object;
}

awaitable<http::Reply> list_webhooks(std::shared_ptr<Room> room, Call) {
  auto const& parts = room->parts;
  auto query = [](sql::Connection& db) { return store::webhook_states(db); };
  auto states = co_await parts.services.database.read(std::move(query));
  std::map<std::string, orchestrator::Webhooks::Counts> counts;
  if (parts.signals != nullptr) counts = parts.signals->webhooks().counts();
  json::array list;
  for (auto const& [name, hook] : parts.services.config.webhooks)
    list.push_back(to_json(name, hook, states[name], counts[name]));
  json::object body;
  body["webhooks"] = std::move(list);
  co_return http::Reply::json(200, json::serialize(body));
}

awaitable<http::Reply> test_webhook(std::shared_ptr<Room> room, Call request) {
  if (auto const body = body_of(request); !body) co_return problem(415, body.error());
  auto& parts = room->parts;
  if (parts.signals == nullptr)
    co_return problem({core::Errc::unavailable, "this daemon tells nobody", request.params["name"], {}});
  auto const posted = co_await parts.signals->webhooks().test(request.params["name"]);
  if (!posted) co_return problem(posted.error());
  json::object body;
  body["delivered"] = posted->delivered;
  body["status"] = posted->status == 0 ? json::value(nullptr) : json::value(posted->status);
  body["error"] = posted->error.empty() ? json::value(nullptr) : json::value(as_utf8(posted->error));
  body["took_s"] = static_cast<double>(posted->took.count()) / 1000;
  co_return http::Reply::json(200, json::serialize(body));
}

}  // namespace

void add_webhook_routes(http::Router& router, std::shared_ptr<Room> const& room) {
  add(router, room, config::Access::read, Reach::everything, "GET", "/api/v1/webhooks", list_webhooks);
  add(router, room, config::Access::operate, Reach::everything, "POST", "/api/v1/webhooks/{name}/test", test_webhook);
}

}  // namespace api
