#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <map>

#include "api/json.hpp"
#include "api/routes.hpp"

extern "C" char const tw_openapi_begin[];
extern "C" char const tw_openapi_end[];

namespace api {

namespace {

using orchestrator::Sources;

bool quiet(std::vector<Sources::Status> const& sources) {
  using State = watch::SourceHealth::State;
  for (auto const& [root, health, changes, runs, decisions] : sources)
    if (health.state == State::starting || health.state == State::scanning || health.settling > 0 ||
        health.hints.waiting > 0)
      return false;
  return true;
}

json::object engine_of(orchestrator::Scheduler const& scheduler) {
  auto const& info = scheduler.engine_info();
  json::object engine;
  engine["answers"] = !scheduler.obstacle().starts_with("engine_unavailable");
  engine["engine_version"] = info.engine_version;
  engine["api_version"] = info.api_version;
  engine["os_arch"] = info.os_arch;
  return engine;
}

json::value obstacle_of(orchestrator::Scheduler const& scheduler) {
  auto const text = scheduler.obstacle();
  if (text.empty()) return nullptr;
  auto const colon = text.find(": ");
  auto const reason = domain::parse_reason(text.substr(0, colon)).value_or(domain::Reason::none);
  json::object obstacle;
  obstacle["reason"] = domain::to_string(reason);
  obstacle["detail"] = as_utf8(colon == std::string::npos ? text : text.substr(colon + 2));
  obstacle["explanation"] = domain::explain(reason);
  return obstacle;
}

/// What the database says: runs on the reader thread.
struct Stored {
  json::object counts, pipelines;
  json::array held;
  json::value paused;  ///< null: not all pipelines are
  std::int64_t waiting = 0, unfinished = 0;
};

Stored read_stored(sql::Connection& db) {
  Stored stored;
  for (auto const& count : store::count_runs(db)) stored.counts[domain::to_string(count.state)] = count.runs;
  for (auto const& count : store::count_unfinished(db)) {
    stored.unfinished += count.runs;
    if (!domain::is_active(count.state)) stored.waiting += count.runs;
  }
  if (auto const all = store::all_paused(db)) {
    auto& paused = stored.paused.emplace_object();
    paused["at"] = to_json(std::optional(all->since));
    paused["by"] = as_utf8(all->by);
  }
  for (auto const& held : store::held_reasons(db)) {
    json::object entry;
    entry["reason"] = domain::to_string(held.reason);
    entry["explanation"] = domain::explain(held.reason);
    entry["runs"] = held.runs;
    entry["first_run_no"] = held.first.value;
    entry["detail"] = as_utf8(held.detail);
    stored.held.push_back(std::move(entry));
  }
  std::map<std::string, std::int64_t> states{{"live", 0}, {"disabled", 0}, {"retired", 0}};
  json::array held, paused;
  for (auto const& row : store::list_pipelines(db)) {
    ++states[row.state];
    if (row.paused && !row.paused_with_all) paused.push_back(to_json(row));
    if (row.hold != domain::Reason::none) held.push_back(to_json(row));
  }
  for (auto const& [state, count] : states) stored.pipelines[state] = count;
  json::array invalid;
  for (auto const& file : store::list_pipeline_files(db)) {
    if (file.diagnostics.empty()) continue;
    json::object entry;
    entry["file"] = as_utf8(file.file);
    entry["name"] = file.pipeline.empty() ? json::value(nullptr) : json::value(as_utf8(file.pipeline));
    entry["diagnostics"] = as_utf8(file.diagnostics);
    invalid.push_back(std::move(entry));
  }
  stored.pipelines["held"] = std::move(held);
  stored.pipelines["paused"] = std::move(paused);
  stored.pipelines["invalid"] = std::move(invalid);
  return stored;
}

json::value loop_of(Parts const& parts) {
  if (!parts.loop) return nullptr;
  auto const status = parts.loop();
  json::object loop;
  loop["handlers"] = status.handlers;
  loop["longest_handler_us"] = status.longest_cpu_us;
  loop["slept_handlers"] = status.slept;
  return loop;
}

awaitable<http::Reply> status(std::shared_ptr<Room> room, Call) {
  auto& parts = room->parts;
  // Before the database is asked: what had settled by then has its runs in the answer.
  auto const sources = parts.registry.sources().status();
  auto const at_rest = parts.registry.ready() && quiet(sources);
  auto query = [](sql::Connection& db) { return read_stored(db); };
  auto stored = co_await parts.services.database.read(std::move(query));

  json::object body;
  body["version"] = TIDEWHEEL_VERSION;
  body["instance"] = parts.services.config.instance;
  body["instance_id"] = parts.services.instance;
  body["now"] = to_json(std::optional(parts.services.clock.wall()));
  body["state_dir"] = as_utf8(parts.services.state_dir.root().string());
  body["pipelines_dir"] = as_utf8(parts.services.config.pipelines_dir);
  body["ready"] = parts.registry.ready();
  body["idle"] = at_rest && stored.unfinished == 0 && parts.scheduler.active() == 0;
  body["engine"] = engine_of(parts.scheduler);
  body["obstacle"] = obstacle_of(parts.scheduler);
  json::object limits;
  limits["runs"] = parts.services.config.runs;
  limits["starts"] = parts.services.config.starts;
  auto const all = parts.scheduler.limits();
  limits["cpus"] = all.cpus > 0 ? json::value(all.cpus) : json::value(nullptr);
  limits["memory"] = all.memory > 0 ? json::value(all.memory) : json::value(nullptr);
  limits["gpus"] = all.gpus > 0 ? json::value(all.gpus) : json::value(nullptr);
  body["limits"] = std::move(limits);
  body["paused"] = std::move(stored.paused);
  body["active"] = parts.scheduler.active();
  body["waiting"] = stored.waiting;
  body["counts"] = std::move(stored.counts);
  body["held"] = std::move(stored.held);
  json::array list;
  for (auto const& source : sources) list.push_back(to_json(source));
  body["sources"] = std::move(list);
  body["pipelines"] = std::move(stored.pipelines);
  body["free_bytes"] = parts.services.state_dir.free_bytes();
  body["loop"] = loop_of(parts);
  co_return http::Reply::json(200, json::serialize(body));
}

awaitable<http::Reply> healthz(http::RequestContext) {
  co_return http::Reply::json(200, R"({"status":"ok"})");
}

/// Hand-written; a test asks the running daemon whether it is true.
awaitable<http::Reply> openapi(http::RequestContext) {
  auto reply = http::Reply::json(200, std::string(tw_openapi_begin, tw_openapi_end));
  reply.headers.set("Cache-Control", "no-cache");
  co_return reply;
}

}  // namespace

void add_status_routes(http::Router& router, std::shared_ptr<Room> const& room) {
  router.add("GET", "/healthz", healthz);
  router.add("GET", "/openapi.json", openapi);
  add(router, room, config::Access::read, Reach::everything, "GET", "/api/v1/status", status);
}

}  // namespace api
