#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "api/badge.hpp"
#include "api/json.hpp"
#include "api/problem.hpp"
#include "api/query.hpp"
#include "api/routes.hpp"
#include "core/uri.hpp"
#include "core/utf8.hpp"
#include "domain/alert.hpp"
#include "domain/spec_json.hpp"
#include "store/read_artifacts.hpp"
#include "store/read_signals.hpp"

namespace api {

namespace {

using Signals = std::map<std::string, store::PipelineSignals>;

/// One pipeline's newest good result, and how fresh it is.
struct Shown {
  store::LatestRun latest;
  domain::PipelineSpec spec;
  std::optional<core::Wall> expected_at;
  bool overdue = false;
  [[nodiscard]] bool stale() const { return overdue || latest.newer.has_value(); }
};

std::optional<Shown> show(sql::Connection& db, std::string const& pipeline, Signals const& signals,
                          std::optional<core::Wall> at) {
  auto latest = store::latest_run(db, pipeline, at);
  if (!latest) return std::nullopt;
  Shown shown;
  if (auto spec = domain::spec_from_json(latest->spec)) shown.spec = std::move(*spec);
  shown.latest = std::move(*latest);
  if (auto const known = signals.find(pipeline); known != signals.end() && !at) {
    shown.expected_at = known->second.expected_at;
    shown.overdue = known->second.overdue_since.has_value();
  }
  return shown;
}

json::value attempt_of(Shown const& shown) {
  auto const& newest = shown.latest.newer ? *shown.latest.newer : shown.latest.run;
  json::object object;
  object["run_no"] = newest.no.value;
  object["state"] = domain::to_string(newest.state);
  object["at"] = to_json(newest.finished ? newest.finished : std::optional(newest.queued));
  return object;
}

/// What a report and a table of outputs have in common: whose they are, from which data, and whether that is the
/// newest.
json::object freshness(Shown const& shown, core::Wall now) {
  auto const& run = shown.latest.run;
  json::object object;
  object["pipeline"] = run.pipeline;
  object["title"] = shown.spec.title.empty() ? json::value(nullptr) : json::value(shown.spec.title);
  object["run_no"] = run.no.value;
  object["run_id"] = run.id;
  object["data_at"] = to_json(shown.latest.data_at);
  object["made_at"] = to_json(run.finished);
  object["age_s"] =
      run.finished ? json::value(static_cast<double>((now - *run.finished).count()) / 1000) : json::value(nullptr);
  object["stale"] = shown.stale();
  object["newest_attempt"] = attempt_of(shown);
  object["expected_at"] = to_json(shown.expected_at);
  object["overdue"] = shown.overdue;
  return object;
}

json::value alert_of(Shown const& shown, store::OutputRow const& output) {
  auto const spec = std::ranges::find(shown.spec.outputs, output.name, &domain::OutputSpec::name);
  if (spec == shown.spec.outputs.end()) return nullptr;
  auto const bound = domain::crossed_bound(*spec, output.value);
  return bound.empty() ? json::value(nullptr) : json::value(bound);
}

json::array values_of(Shown const& shown) {
  json::array list;
  for (auto const& output : shown.latest.outputs) {
    json::object object;
    object["name"] = as_utf8(output.name);
    object["type"] = domain::to_string(output.type);
    object["unit"] = output.unit.empty() ? json::value(nullptr) : json::value(as_utf8(output.unit));
    object["value"] = to_json(output.value, output.type);
    object["alert"] = alert_of(shown, output);
    list.push_back(std::move(object));
  }
  return list;
}

std::string title_of(Shown const& shown, std::string const& name) {
  auto const spec = std::ranges::find(shown.spec.artifacts, name, &domain::ArtifactSpec::name);
  return spec == shown.spec.artifacts.end() ? std::string() : spec->title;
}

void add_artifacts(Room const& room, Shown const& shown, core::Wall now, json::array& list) {
  auto const& run = shown.latest.run;
  for (auto const& [attempt, artifact] : shown.latest.artifacts) {
    if (artifact.role == domain::ArtifactRole::file) continue;
    auto object = freshness(shown, now);
    auto const title = title_of(shown, artifact.name);
    if (!title.empty()) object["title"] = title;
    object["name"] = core::to_display(artifact.name);
    object["role"] = domain::to_string(artifact.role);
    object["media_type"] = artifact.media_type;
    object["size"] = artifact.size;
    object["url"] = room.links.link(run.id, attempt, artifact.name, now);
    object["latest_url"] = "/latest/" + run.pipeline + "/" + core::percent_encode_path(artifact.name);
    list.push_back(std::move(object));
  }
}

awaitable<http::Reply> list_latest(std::shared_ptr<Room> room, Call request) {
  auto const now = room->parts.services.clock.wall();
  auto query = [room, now, who = request.who](sql::Connection& db) {
    json::array artifacts;
    json::array outputs;
    auto const signals = store::list_signals(db);
    for (auto const& row : store::list_pipelines(db)) {
      if (!who.may_see(row.name)) continue;
      auto const shown = show(db, row.name, signals, {});
      if (!shown) continue;
      add_artifacts(*room, *shown, now, artifacts);
      if (shown->latest.outputs.empty()) continue;
      auto object = freshness(*shown, now);
      object["values"] = values_of(*shown);
      outputs.push_back(std::move(object));
    }
    json::object body;
    body["artifacts"] = std::move(artifacts);
    body["outputs"] = std::move(outputs);
    return json::serialize(body);
  };
  auto body = co_await room->parts.services.database.read(std::move(query));
  co_return http::Reply::json(200, std::move(body));
}

awaitable<std::optional<Shown>> show_one(Room& room, Call const& request) {
  auto const now = room.parts.services.clock.wall();
  auto query = [name = request.params.find("name")->second, at = time_of(request, "at", now)](sql::Connection& db) {
    return show(db, name, store::list_signals(db), at);
  };
  co_return co_await room.parts.services.database.read(std::move(query));
}

awaitable<http::Reply> latest_outputs(std::shared_ptr<Room> room, Call request) {
  auto const shown = co_await show_one(*room, request);
  if (!shown)
    co_return problem({core::Errc::not_found, "this pipeline has no good run yet", request.params["name"],
                       "`tidewheel runs --pipeline " + request.params["name"] + "` lists its runs"});
  auto body = freshness(*shown, room->parts.services.clock.wall());
  json::object values;
  for (auto const& output : shown->latest.outputs) values[as_utf8(output.name)] = to_json(output.value, output.type);
  body["values"] = std::move(values);
  body["outputs"] = values_of(*shown);
  auto reply = http::Reply::json(200, json::serialize(body));
  reply.headers.set("Cache-Control", "no-cache");
  reply.headers.set("Link", "</runs/" + shown->latest.run.id + ">; rel=\"canonical\"");
  co_return reply;
}

awaitable<http::Reply> badge(std::shared_ptr<Room> room, Call request) {
  auto file = request.params["file"];
  auto const svg = file.ends_with(".svg");
  if (!svg && !file.ends_with(".json")) refuse("write /badge/PIPELINE.svg or /badge/PIPELINE.json", file);
  request.params["name"] = file.substr(0, file.rfind('.'));
  if (!request.who.may_see(request.params["name"]))
    co_return problem({core::Errc::not_found, "there is no pipeline of that name", request.params["name"], {}});
  auto const shown = co_await show_one(*room, request);
  auto badge = shown ? Badge{shown->spec.title.empty() ? request.params["name"] : shown->spec.title, "succeeded",
                             Badge::Look::good}
                     : Badge{request.params["name"], "no result", Badge::Look::unknown};
  if (shown && shown->stale()) badge.message = shown->overdue ? "overdue" : "stale";
  if (shown && shown->stale()) badge.look = Badge::Look::doubtful;
  if (auto const name = request.query_value("output"); name && shown) {
    auto const output = std::ranges::find(shown->latest.outputs, *name, &store::OutputRow::name);
    if (output == shown->latest.outputs.end())
      co_return problem({core::Errc::not_found, "the newest good run has no such output", *name, {}});
    badge.label = *name;
    badge.message = domain::to_argument(output->value) + (output->unit.empty() ? "" : " " + output->unit) +
                    (shown->stale() ? " (stale)" : "");
    if (!alert_of(*shown, *output).is_null()) badge.look = Badge::Look::bad;
  }
  http::Reply reply(200);
  reply.headers.set("Content-Type", svg ? "image/svg+xml" : "application/json");
  reply.headers.set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
  reply.headers.set("Cache-Control", "no-cache");
  reply.body = svg ? to_svg(badge) : to_shields_json(badge);
  co_return reply;
}

}  // namespace

void add_latest_routes(http::Router& router, std::shared_ptr<Room> const& room) {
  using config::Access;
  add(router, room, Access::read, Reach::own, "GET", "/api/v1/latest", list_latest);
  add(router, room, Access::read, Reach::pipeline, "GET", "/latest/{name}/outputs.json", latest_outputs);
  add(router, room, Access::read, Reach::own, "GET", "/badge/{file}", badge);
}

}  // namespace api
