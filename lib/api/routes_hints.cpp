#include <spdlog/spdlog.h>
#include <boost/json/serialize.hpp>

#include "api/json.hpp"
#include "api/problem.hpp"
#include "api/routes.hpp"
#include "core/utf8.hpp"
#include "domain/nearest.hpp"
#include "orchestrator/hint_secret.hpp"
#include "s3/event.hpp"

namespace api {

namespace {

core::Error no_such_connection(config::S3Connections const& connections, std::string const& name) {
  std::vector<std::string> names;
  for (auto const& entry : connections) names.push_back(entry.first);
  auto hint = domain::did_you_mean(name, names);
  if (hint.empty()) hint = "the name stands under `s3:` in tidewheeld.yaml";
  return {core::Errc::not_found, "there is no S3 connection of that name", name, std::move(hint)};
}

http::Reply unauthorized(std::string const& name) {
  auto reply = problem(401, {core::Errc::permission, "the connection's hints_secret is wanted", name,
                             "send it as `Authorization: Bearer SECRET`, or as the password of Basic"});
  // Basic as well: SNS shows its password only after it was asked so.
  reply.headers.add("WWW-Authenticate", "Basic realm=\"tidewheel hints\"");
  reply.headers.add("WWW-Authenticate", "Bearer realm=\"tidewheel hints\"");
  return reply;
}

/// Where the connection has a secret, that alone is the right to send hints: a proxy in front of the socket then needs
/// no other. Elsewhere hints are for those who may operate. nullopt: go on.
awaitable<std::optional<http::Reply>> refusal(Room& room, http::RequestContext const& request,
                                              std::string const& name) {
  auto const& connections = room.parts.services.config.s3;
  auto const at = connections.find(name);
  if (at == connections.end() || at->second.hints_secret.empty()) {
    auto decision = co_await room.access.check(request, config::Access::operate);
    if (!decision.who) co_return std::move(decision.refusal);
    if (at == connections.end()) co_return problem(no_such_connection(connections, name));
    co_return std::nullopt;
  }
  std::string place = at->second.hints_secret;
  std::string header(request.headers.find("Authorization").value_or(""));
  auto const known = co_await orchestrator::carries_secret(room.parts.services, std::move(place), std::move(header));
  if (!known) {
    spdlog::error("hints for {} are refused: {}", name, known.error().message());
    co_return problem(503, {core::Errc::unavailable, "this connection's hints_secret cannot be read", name,
                            "the daemon's log says why"});
  }
  if (*known) {
    room.refused_hints.erase(name);
    co_return std::nullopt;
  }
  if (room.refused_hints.insert(name).second)
    spdlog::warn("hints for {} came without its hints_secret, or with another: they are refused", name);
  co_return unauthorized(name);
}

/// The address is not opened: whoever can post here could make the daemon ask anything.
void tell_of_subscription(std::string const& name, s3::EventNotice const& notice) {
  spdlog::warn(
      "SNS asks, for connection {}, to confirm a subscription of topic {}. If it is yours, open this address once (or "
      "use `aws sns confirm-subscription`): {}",
      name, core::to_display(notice.topic), core::to_display(notice.url));
}

awaitable<http::Reply> take(Room& room, std::string name, std::string body) {
  if (!room.parts.registry.ready()) {
    auto reply = problem({core::Errc::unavailable, "the daemon is starting", name, "send it again in a moment"});
    reply.headers.set("Retry-After", "5");
    co_return reply;
  }
  auto work = [body = std::move(body)] { return s3::parse_event(body); };
  auto notice = co_await room.parts.services.pool.run(std::move(work));
  if (!notice) co_return problem(notice.error());
  if (notice->kind == s3::EventNotice::Kind::subscription) tell_of_subscription(name, *notice);
  auto unreadable = notice->unreadable;
  auto const taken = co_await room.parts.registry.sources().take_hints(name, std::move(notice->objects));
  json::object answer;
  answer["taken"] = taken.taken;
  answer["not_watched"] = taken.ignored;
  answer["unreadable"] = unreadable;
  co_return http::Reply::json(200, json::serialize(answer));
}

awaitable<http::Reply> receive(std::shared_ptr<Room> room, http::RequestContext request) {
  std::string name = request.params["source"];
  auto refused = co_await refusal(*room, request, name);
  if (refused) co_return std::move(*refused);
  co_return co_await take(*room, std::move(name), std::move(request.body));
}

}  // namespace

void add_hint_routes(http::Router& router, std::shared_ptr<Room> const& room) {
  // Any media type: SNS sends JSON as text/plain. A hint that a web page would send does no harm.
  auto handler = [room](http::RequestContext request) { return receive(room, std::move(request)); };
  router.add("POST", "/api/v1/hints/s3/{source}", std::move(handler));
}

}  // namespace api
