#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "api/json.hpp"
#include "api/problem.hpp"
#include "api/query.hpp"
#include "api/routes.hpp"

namespace api {

namespace {

std::string_view to_string(Principal::Door door) {
  switch (door) {
    case Principal::Door::socket:
      return "socket";
    case Principal::Door::token:
      return "token";
    case Principal::Door::session:
      break;
  }
  return "session";
}

http::Reply describe(Room const& room, Principal const& who) {
  json::object body;
  body["name"] = as_utf8(who.name);
  body["access"] = config::to_string(who.access);
  body["via"] = to_string(who.door);
  body["pipelines"] = who.pipelines ? json::value(json::array(who.pipelines->begin(), who.pipelines->end())) : nullptr;
  body["expires_at"] = to_json(who.expires_at);
  body["instance"] = room.parts.services.config.instance;
  body["version"] = TIDEWHEEL_VERSION;
  return http::Reply::json(200, json::serialize(body));
}

/// SameSite=Lax: links from elsewhere open the page signed in, and no other site's page can send it along with a write.
std::string cookie(std::string const& name, std::string const& secret, bool secure, std::chrono::seconds age) {
  return name + "=" + secret + "; Path=/; HttpOnly; SameSite=Lax; Max-Age=" + std::to_string(age.count()) +
         (secure ? "; Secure" : "");
}

awaitable<http::Reply> show_me(std::shared_ptr<Room> room, Call call) {
  co_return describe(*room, call.who);
}

awaitable<http::Reply> begin(std::shared_ptr<Room> room, http::RequestContext request) {
  auto const body = body_of(request);
  if (!body) co_return problem(415, body.error());
  check_keys(*body, {"token"});
  auto token = bytes_of(*body, "token");
  if (!token) refuse("is missing", "token", "the one that `tidewheel token create` printed");
  auto& bearers = room->access.bearers;
  std::string secret;
  auto decision = co_await bearers.sign_in(request, std::move(*token), secret);
  if (!decision.who) co_return std::move(decision.refusal);
  auto const left =
      std::chrono::ceil<std::chrono::seconds>(decision.who->expires_at.value() - room->parts.services.clock.wall());
  auto reply = describe(*room, *decision.who);
  reply.headers.set("Set-Cookie", cookie(bearers.cookie_name(), secret, request.tls, left));
  co_return reply;
}

awaitable<http::Reply> end(std::shared_ptr<Room> room, http::RequestContext request) {
  co_await room->access.bearers.sign_out(request);
  room->access.bearers.note_end();
  room->parts.feed.wake_followers();
  http::Reply reply(204);
  reply.headers.set("Set-Cookie", cookie(room->access.bearers.cookie_name(), {}, request.tls, std::chrono::seconds(0)));
  co_return reply;
}

awaitable<http::Reply> begin_or_refuse(std::shared_ptr<Room> room, http::RequestContext request) {
  try {
    co_return co_await begin(std::move(room), std::move(request));
  } catch (core::Failure const& failure) {
    co_return problem(failure.error());
  }
}

}  // namespace

void add_session_routes(http::Router& router, std::shared_ptr<Room> const& room) {
  add(router, room, config::Access::read, Reach::own, "GET", "/api/v1/me", show_me);
  // Open: whoever comes here has nothing else yet.
  router.add("POST", "/api/v1/session",
             [room](http::RequestContext request) { return begin_or_refuse(room, std::move(request)); });
  router.add("DELETE", "/api/v1/session",
             [room](http::RequestContext request) { return end(room, std::move(request)); });
}

}  // namespace api
