#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "api/json.hpp"
#include "api/problem.hpp"
#include "api/query.hpp"
#include "api/routes.hpp"
#include "api/secret_text.hpp"
#include "core/utf8.hpp"
#include "domain/nearest.hpp"
#include "store/pipelines.hpp"
#include "store/tokens.hpp"

namespace api {

namespace {

constexpr std::size_t longest_name = 100;
constexpr std::size_t most_pipelines = 100;
constexpr std::int64_t longest_life = std::int64_t{10} * 366 * 86'400;  // seconds

json::object to_json(store::TokenRow const& token) {
  json::object body;
  body["id"] = token.id;
  body["name"] = token.name;
  body["access"] = token.access;
  body["pipelines"] =
      token.pipelines ? json::value(json::array(token.pipelines->begin(), token.pipelines->end())) : nullptr;
  body["created_at"] = api::to_json(std::optional(token.created_at));
  body["expires_at"] = api::to_json(token.expires_at);
  body["last_used_at"] = api::to_json(token.last_used_at);
  return body;
}

awaitable<http::Reply> list(std::shared_ptr<Room> room, Call) {
  auto query = [](sql::Connection& db) {
    json::array tokens;
    for (auto const& token : store::list_tokens(db)) tokens.push_back(to_json(token));
    return json::serialize(json::object{{"tokens", std::move(tokens)}});
  };
  auto body = co_await room->parts.services.database.read(std::move(query));
  co_return http::Reply::json(200, std::move(body));
}

std::string name_of(json::object const& body) {
  auto const* const value = body.if_contains("name");
  if (value == nullptr || !value->is_string()) refuse("is missing", "name", "say who or what it is for");
  std::string name(value->get_string());
  bool const printable = core::to_display(name) == name && name.find('\n') == std::string::npos;
  if (name.empty() || name.size() > longest_name || !printable) refuse("has 1 to 100 printable characters", "name");
  return name;
}

std::string access_of(json::object const& body) {
  auto const* const value = body.if_contains("access");
  if (value == nullptr || value->is_null()) return "read";
  if (!value->is_string() || !config::parse_access(std::string(value->get_string())))
    refuse("is read, operate or admin", "access");
  return std::string(value->get_string());
}

std::optional<core::Wall> expiry_of(json::object const& body, core::Wall now) {
  auto const* const value = body.if_contains("expires_in_s");
  if (value == nullptr) refuse("is missing", "expires_in_s", "seconds, or null for never");
  if (value->is_null()) return std::nullopt;
  if (!value->is_int64() || value->get_int64() < 1 || value->get_int64() > longest_life)
    refuse("is 1 to " + std::to_string(longest_life), "expires_in_s", "seconds, or null for never");
  return now + std::chrono::seconds(value->get_int64());
}

std::optional<std::set<std::string>> pipelines_of(json::object const& body) {
  auto const* const value = body.if_contains("pipelines");
  if (value == nullptr || value->is_null()) return std::nullopt;
  if (!value->is_array() || value->get_array().empty() || value->get_array().size() > most_pipelines)
    refuse("is null or a list of 1 to 100 names", "pipelines");
  std::set<std::string> names;
  for (auto const& name : value->get_array()) {
    if (!name.is_string()) refuse("is null or a list of names", "pipelines");
    names.emplace(name.get_string());
  }
  return names;
}

/// One that is mistyped would make a token that opens nothing.
void check_pipelines(sql::Connection& db, std::set<std::string> const& wanted) {
  std::vector<std::string> known;
  for (auto const& row : store::list_pipelines(db)) known.push_back(row.name);
  for (auto const& name : wanted)
    if (std::find(known.begin(), known.end(), name) == known.end())
      refuse("there is no pipeline of that name", name, domain::did_you_mean(name, known));
}

awaitable<http::Reply> create(std::shared_ptr<Room> room, Call call) {
  auto const body = body_of(call);
  if (!body) co_return problem(415, body.error());
  check_keys(*body, {"name", "access", "expires_in_s", "pipelines"});
  auto& services = room->parts.services;
  auto const now = services.clock.wall();
  store::TokenRow token;
  token.name = name_of(*body);
  token.access = access_of(*body);
  token.expires_at = expiry_of(*body, now);
  token.pipelines = pipelines_of(*body);
  token.created_at = now;
  if (token.pipelines && token.access == "admin")
    refuse("a token that may make others is for all pipelines", "pipelines", "leave out one of the two");
  auto const secret = make_token();
  auto insert = [token, digest = core::sha256(secret), now](sql::Connection& db) {
    if (token.pipelines) check_pipelines(db, *token.pipelines);
    return store::insert_token(db, token, digest, now);
  };
  auto const id = co_await services.database.write(store::Lane::run, std::move(insert));
  if (!id) co_return problem(id.error());
  token.id = *id;
  auto answer = to_json(token);
  answer["token"] = secret;
  auto const base = services.config.api.base_url();
  answer["link"] = base.empty() ? json::value(nullptr) : json::value(base + "/sign-in#token=" + secret);
  auto reply = http::Reply::json(201, json::serialize(answer));
  reply.headers.set("Cache-Control", "no-store");
  co_return reply;
}

awaitable<http::Reply> revoke(std::shared_ptr<Room> room, Call call) {
  auto const text = call.params["id"];
  std::int64_t id = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  bool gone = error == std::errc() && end == text.data() + text.size();
  if (gone) {
    auto take = [id](sql::Connection& db) { return store::delete_token(db, id); };
    gone = co_await room->parts.services.database.write(store::Lane::run, std::move(take));
  }
  if (!gone)
    co_return problem({core::Errc::not_found, "there is no such token", text, "`tidewheel token list` shows them"});
  room->access.bearers.note_end();
  room->parts.feed.wake_followers();
  co_return http::Reply(204);
}

}  // namespace

void add_token_routes(http::Router& router, std::shared_ptr<Room> const& room) {
  using config::Access;
  add(router, room, Access::admin, Reach::everything, "GET", "/api/v1/tokens", list);
  add(router, room, Access::admin, Reach::everything, "POST", "/api/v1/tokens", create);
  add(router, room, Access::admin, Reach::everything, "DELETE", "/api/v1/tokens/{id}", revoke);
}

}  // namespace api
