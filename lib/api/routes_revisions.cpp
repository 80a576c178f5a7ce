#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "api/json.hpp"
#include "api/problem.hpp"
#include "api/query.hpp"
#include "api/routes.hpp"
#include "domain/spec_json.hpp"
#include "domain/text_diff.hpp"
#include "store/read_revisions.hpp"

namespace api {

namespace {

using Text = core::Result<std::string>;

core::Error no_such_revision(std::string const& pipeline, std::int64_t number) {
  return {core::Errc::not_found, "there is no revision " + std::to_string(number), pipeline, {}};
}

awaitable<http::Reply> list_revisions(std::shared_ptr<Room> room, Call request) {
  auto query = [name = request.params["name"], limit = limit_of(request, 100)](sql::Connection& db) {
    json::array list;
    for (auto const& revision : store::list_revisions(db, name, limit)) {
      json::object object;
      object["revision"] = revision.number;
      object["sha256"] = revision.sha256;
      object["registered_at"] = to_json(std::optional(revision.registered));
      object["runs"] = revision.runs;
      list.push_back(std::move(object));
    }
    json::object body;
    body["pipeline"] = name;
    body["revisions"] = std::move(list);
    return json::serialize(body);
  };
  auto body = co_await room->parts.services.database.read(std::move(query));
  co_return http::Reply::json(200, std::move(body));
}

json::array diff_to_json(std::vector<domain::DiffLine> const& lines) {
  json::array list;
  for (auto const& line : lines) {
    json::object object;
    object["op"] = domain::to_string(line.op);
    object["text"] = as_utf8(line.text);
    list.push_back(std::move(object));
  }
  return list;
}

Text revision_body(sql::Connection& db, std::string const& name, std::int64_t number,
                   std::optional<std::int64_t> other) {
  auto const revision = store::find_revision(db, name, number);
  if (!revision || number == 0) return no_such_revision(name, number);
  json::object body;
  body["pipeline"] = name;
  body["revision"] = revision->number;
  body["yaml"] = as_utf8(revision->yaml);
  auto const spec = domain::spec_from_json(revision->spec);
  body["spec"] = spec ? json::value(to_json(*spec)) : json::value(nullptr);
  body["registered_at"] = to_json(std::optional(revision->registered));
  if (!other) return json::serialize(body);
  auto const from = store::find_revision(db, name, *other);
  if (!from || *other == 0) return no_such_revision(name, *other);
  body["diff"] = diff_to_json(domain::diff_lines(from->yaml, revision->yaml));
  return json::serialize(body);
}

awaitable<http::Reply> show_revision(std::shared_ptr<Room> room, Call request) {
  auto const text = request.params["revision"];
  std::int64_t number = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    refuse("is not a whole number: '" + text + "'", "revision");
  auto query = [name = request.params["name"], number, other = number_of(request, "diff")](sql::Connection& db) {
    return revision_body(db, name, number, other);
  };
  auto body = co_await room->parts.services.database.read(std::move(query));
  if (!body) co_return problem(body.error());
  co_return http::Reply::json(200, std::move(*body));
}

}  // namespace

void add_revision_routes(http::Router& router, std::shared_ptr<Room> const& room) {
  using config::Access;
  add(router, room, Access::read, Reach::pipeline, "GET", "/api/v1/pipelines/{name}/revisions", list_revisions);
  add(router, room, Access::read, Reach::pipeline, "GET", "/api/v1/pipelines/{name}/revisions/{revision}",
      show_revision);
}

}  // namespace api
