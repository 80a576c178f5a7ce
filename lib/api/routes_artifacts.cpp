#include <algorithm>
#include <charconv>

#include "api/artifact_policy.hpp"
#include "api/file_reply.hpp"
#include "api/problem.hpp"
#include "api/query.hpp"
#include "api/routes.hpp"
#include "core/sha256.hpp"
#include "core/uri.hpp"
#include "domain/spec_json.hpp"
#include "store/pipelines.hpp"
#include "store/read_artifacts.hpp"
#include "store/runs.hpp"

namespace api {

namespace {

core::Error no_such_artifact(std::string const& name) {
  return {core::Errc::not_found, "there is no such artifact", name, "the run's page and `tidewheel show` list them"};
}

std::string typed(std::string const& media_type) {
  return media_type.starts_with("text/") ? media_type + "; charset=utf-8" : media_type;
}

/// "01J….2" taken apart; attempt 0 where it is malformed.
std::pair<std::string, std::int64_t> split_whose(std::string const& whose) {
  auto const dot = whose.rfind('.');
  std::int64_t attempt = 0;
  if (dot != whose.npos) std::from_chars(whose.data() + dot + 1, whose.data() + whose.size(), attempt);
  return {whose.substr(0, dot), attempt};
}

/// As the run's own revision says of it.
bool may_script(sql::Connection& db, store::StoredArtifact const& artifact) {
  auto const run = store::load_run(db, artifact.run);
  auto const text = run && run->revision ? store::revision_spec(db, *run->revision).value_or("") : std::string();
  auto const spec = domain::spec_from_json(text);
  if (!spec) return false;
  auto const declared = std::ranges::find(spec->artifacts, artifact.row.name, &domain::ArtifactSpec::name);
  return declared == spec->artifacts.end() || declared->scripts;
}

awaitable<http::Reply> bytes_of_artifact(Room& room, http::RequestContext const& request,
                                         store::StoredArtifact const& found, bool download) {
  auto const& row = found.row;
  http::Validators const now(http::strong_etag(core::to_hex(row.sha256)), found.made);
  auto file = room.parts.services.state_dir.root() / row.path;
  auto reply = co_await file_reply(room.parts.services, request, std::move(file), row.size, typed(row.media_type), now);
  if (reply.status >= 400 && reply.status != 416) co_return reply;
  reply.headers.set("Content-Disposition", content_disposition(row.media_type, row.name, download));
  reply.headers.set("Link", "</runs/" + found.run_id + ">; rel=\"canonical\"");
  co_return reply;
}

/// Below /a/: the path is the right, so no cookie is needed and none is looked at.
awaitable<http::Reply> open_link(std::shared_ptr<Room> room, http::RequestContext request) {
  auto const whose = request.params["whose"];
  auto const right = request.params["right"];
  if (!room->links.opens(whose, right, room->parts.services.clock.wall()))
    co_return problem({core::Errc::permission,
                       "this link has expired, or is not one of this daemon",
                       {},
                       "open the run's page again: it makes a new one"});
  auto query = [whose = split_whose(whose), name = request.params["name"]](sql::Connection& db) {
    auto artifact = store::find_artifact(db, whose.first, whose.second, name);
    bool const scripts = artifact && is_document(artifact->row.media_type) && may_script(db, *artifact);
    return std::pair(std::move(artifact), scripts);
  };
  auto const [found, scripts] = co_await room->parts.services.database.read(std::move(query));
  if (!found) co_return problem(no_such_artifact(request.params["name"]));
  auto reply = co_await bytes_of_artifact(*room, request, *found, false);
  set_artifact_policy(reply.headers, found->row.media_type, request.headers.find("Host").value_or(""),
                      "/a/" + whose + "/" + right + "/", scripts);
  reply.headers.set("Cache-Control", "private, max-age=3600");
  co_return reply;
}

/// Where a browser gets a document: below /a/, under its policy and with its neighbours.
http::Reply to_link(Room const& room, store::StoredArtifact const& found) {
  http::Reply reply(302);
  reply.headers.set("Location",
                    room.links.link(found.run_id, found.attempt, found.row.name, room.parts.services.clock.wall()));
  reply.headers.set("Cache-Control", "no-store");
  reply.headers.set("Link", "</runs/" + found.run_id + ">; rel=\"canonical\"");
  return reply;
}

awaitable<http::Reply> show_artifact(std::shared_ptr<Room> room, Call request) {
  auto const attempt = number_of(request, "attempt").value_or(0);
  auto name = request.params["name"];
  auto query = [who = request.who, run = request.params["run"], attempt,
                name](sql::Connection& db) -> std::optional<store::StoredArtifact> {
    auto const row = visible_run(db, who, run);
    return row ? store::find_artifact(db, row->id, attempt, name) : std::nullopt;
  };
  auto const found = co_await room->parts.services.database.read(std::move(query));
  if (!found) co_return problem(no_such_artifact(name));
  if (is_document(found->row.media_type) && !flag_of(request, "download")) co_return to_link(*room, *found);
  auto reply = co_await bytes_of_artifact(*room, request, *found, true);
  reply.headers.set("X-Content-Type-Options", "nosniff");
  co_return reply;
}

/// The newest good run that left it.
awaitable<http::Reply> show_latest(std::shared_ptr<Room> room, Call request) {
  auto const name = request.params["artifact"];
  auto query = [pipeline = request.params["name"], name,
                at = time_of(request, "at", room->parts.services.clock.wall())](
                   sql::Connection& db) -> std::optional<store::StoredArtifact> {
    auto const latest = store::latest_run(db, pipeline, at, name);
    return latest ? store::find_artifact(db, latest->run.id, 0, name) : std::nullopt;
  };
  auto const found = co_await room->parts.services.database.read(std::move(query));
  if (!found)
    co_return problem({core::Errc::not_found, "no good run of this pipeline has left that", name,
                       "`tidewheel runs --pipeline " + request.params["name"] + "` lists them"});
  if (is_document(found->row.media_type)) co_return to_link(*room, *found);
  auto reply = co_await bytes_of_artifact(*room, request, *found, false);
  reply.headers.set("Cache-Control", "no-cache");  // asked again each time: a newer one may be there
  reply.headers.set("X-Content-Type-Options", "nosniff");
  co_return reply;
}

}  // namespace

void add_artifact_routes(http::Router& router, std::shared_ptr<Room> const& room) {
  auto open = [room](http::RequestContext request) { return open_link(room, std::move(request)); };
  router.add("GET", "/a/{whose}/{right}/{name...}", std::move(open));
  using config::Access;
  add(router, room, Access::read, Reach::run, "GET", "/api/v1/runs/{run}/artifacts/{name...}", show_artifact);
  add(router, room, Access::read, Reach::pipeline, "GET", "/latest/{name}/{artifact...}", show_latest);
}

}  // namespace api
