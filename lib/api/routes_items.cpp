#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "api/json.hpp"
#include "api/problem.hpp"
#include "api/query.hpp"
#include "api/routes.hpp"
#include "core/base64.hpp"
#include "core/utf8.hpp"
#include "store/read_coverage.hpp"

namespace api {

namespace {

json::object item_json(store::ItemRow const& item) {
  json::object object;
  auto const shown = core::to_display(item.key);
  object["source"] = item.source_uri;
  object["key"] = shown;
  object["key_base64"] = shown == item.key ? json::value(nullptr) : json::value(core::to_base64(item.key));
  object["uri"] = item.uri;
  object["size"] = item.size;
  object["version"] = as_utf8(item.version);
  object["seen_at"] = to_json(std::optional(item.seen));
  object["pipeline"] = item.pipeline.empty() ? json::value(nullptr) : json::value(item.pipeline);
  object["decision"] = item.decision.empty() ? json::value(nullptr) : json::value(item.decision);
  object["reason"] = domain::to_string(item.reason);
  object["explanation"] = domain::explain(item.reason);
  object["state"] = store::to_string(item.fate);
  object["run_no"] = item.run ? json::value(item.run->value) : json::value(nullptr);
  object["run_id"] = item.run_id.empty() ? json::value(nullptr) : json::value(item.run_id);
  object["run_state"] = item.run_state ? json::value(domain::to_string(*item.run_state)) : json::value(nullptr);
  return object;
}

/// "3.a2V5": the source and the key in base64.
std::string to_text(store::ItemCursor const& cursor) {
  return std::to_string(cursor.source) + "." + core::to_base64(cursor.key);
}

store::ItemCursor cursor_of(http::RequestContext const& request) {
  auto const text = request.query_value("before");
  if (!text) return {};
  auto const dot = text->find('.');
  auto key = core::from_base64(text->substr(std::min(dot, text->size() - 1) + 1));
  std::int64_t source = -1;
  if (dot != text->npos) {
    auto const [end, error] = std::from_chars(text->data(), text->data() + dot, source);
    if (error != std::errc() || end != text->data() + dot) source = -1;
  }
  if (source < 0 || !key) refuse("is not the `next` of an earlier answer", "before");
  return {source, std::move(*key)};
}

store::ItemFilter filter_of(Call const& request, core::Wall now) {
  store::ItemFilter filter;
  filter.source = request.query_value("source");
  filter.pipeline = request.query_value("pipeline").value_or("");
  filter.text = request.query_value("q").value_or("");
  filter.since = time_of(request, "since", now);
  filter.limit = limit_of(request, 50);
  filter.after = cursor_of(request);
  if (auto const state = request.query_value("state")) {
    filter.fate = store::parse_fate(*state);
    if (!filter.fate) refuse("is not one of failed, waiting, succeeded, existing, ignored: '" + *state + "'", "state");
  }
  if (request.who.pipelines && !request.who.may_see(filter.pipeline))
    throw core::Failure(
        {core::Errc::permission, "this token is for some pipelines only", {}, "name one of them: ?pipeline="});
  return filter;
}

awaitable<http::Reply> list_items(std::shared_ptr<Room> room, Call request) {
  auto query = [filter = filter_of(request, room->parts.services.clock.wall())](sql::Connection& db) {
    auto const page = store::list_items(db, filter);
    json::array list;
    for (auto const& item : page.items) list.push_back(item_json(item));
    json::object body;
    body["items"] = std::move(list);
    body["next"] = page.next ? json::value(to_text(*page.next)) : json::value(nullptr);
    return json::serialize(body);
  };
  auto body = co_await room->parts.services.database.read(std::move(query));
  co_return http::Reply::json(200, std::move(body));
}

awaitable<http::Reply> show_coverage(std::shared_ptr<Room> room, Call request) {
  auto filter = filter_of(request, room->parts.services.clock.wall());
  auto const since = filter.since;
  auto const coverage = co_await room->coverage.count(std::move(filter));
  auto body = to_json(coverage);
  body["since_at"] = to_json(since);
  json::array unresolved;
  for (auto const& item : coverage.unresolved) unresolved.push_back(item_json(item));
  body["unresolved"] = std::move(unresolved);
  body["complete"] = coverage.failed + coverage.waiting <= static_cast<std::int64_t>(coverage.unresolved.size());
  co_return http::Reply::json(200, json::serialize(body));
}

awaitable<http::Reply> list_sources(std::shared_ptr<Room> room, Call) {
  json::array list;
  for (auto const& source : room->parts.registry.sources().status()) list.push_back(to_json(source));
  json::object body;
  body["sources"] = std::move(list);
  co_return http::Reply::json(200, json::serialize(body));
}

}  // namespace

json::object to_json(store::Coverage const& coverage) {
  json::object object;
  object["seen"] = coverage.seen;
  object["ignored"] = coverage.ignored;
  object["existing"] = coverage.existing;
  object["succeeded"] = coverage.succeeded;
  object["waiting"] = coverage.waiting;
  object["failed"] = coverage.failed;
  return object;
}

void add_item_routes(http::Router& router, std::shared_ptr<Room> const& room) {
  using config::Access;
  add(router, room, Access::read, Reach::own, "GET", "/api/v1/items", list_items);
  add(router, room, Access::read, Reach::own, "GET", "/api/v1/coverage", show_coverage);
  add(router, room, Access::read, Reach::everything, "GET", "/api/v1/sources", list_sources);
}

}  // namespace api
