#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "api/export.hpp"
#include "api/json.hpp"
#include "api/problem.hpp"
#include "api/query.hpp"
#include "api/routes.hpp"
#include "domain/nearest.hpp"
#include "domain/spec_json.hpp"
#include "orchestrator/docker_run.hpp"
#include "store/retention.hpp"

namespace api {

namespace {

using Text = core::Result<std::string>;

core::Error no_such_run(std::string const& run) {
  return {core::Errc::not_found, "there is no such run", run, "`tidewheel runs` lists them"};
}

/// All runs that a filter asks for.
class RunPages final : public ExportPages {
 public:
  RunPages(std::shared_ptr<Room> room, store::RunSearch search) : room_(std::move(room)), search_(std::move(search)) {
    search_.limit = 500;
  }
  [[nodiscard]] std::vector<std::string> columns() const override {
    return {"run_no",       "run_id",    "pipeline",      "revision",  "state",       "reason",
            "detail",       "trigger",   "attempts",      "retry_of",  "replaced_by", "image",
            "image_digest", "exit_code", "oom_killed",    "queued_at", "started_at",  "finished_at",
            "duration_s",   "cpu_s",     "max_rss_bytes", "input_uri", "input_key"};
  }
  [[nodiscard]] awaitable<core::Result<Page>> next() override {
    auto query = [search = search_](sql::Connection& db) { return store::search_runs(db, search); };
    auto const found = co_await room_->parts.services.database.read(std::move(query));
    Page page;
    for (auto const& run : found.runs) {
      auto row = to_json(run);
      row["input_uri"] = run.input_uri;
      row["input_key"] = as_utf8(run.input_key);
      page.rows.push_back(std::move(row));
    }
    page.last = !found.next;
    search_.before = found.next;
    co_return page;
  }

 private:
  std::shared_ptr<Room> room_;
  store::RunSearch search_;
};

awaitable<http::Reply> list_runs(std::shared_ptr<Room> room, Call request) {
  if (auto const format = format_of(request); format != ExportFormat::json) {
    auto pages = std::make_shared<RunPages>(room, run_search_of(request, room->parts.services.clock.wall()));
    co_return export_reply(room, request, format, "runs", std::move(pages));
  }
  auto query = [search = run_search_of(request, room->parts.services.clock.wall()), who = request.who,
                pipeline = request.query_value("pipeline")](sql::Connection& db) -> Text {
    if (pipeline)
      if (auto const error = unknown_pipeline(db, who, *pipeline)) return *error;
    auto const found = store::search_runs(db, search);
    json::array list;
    for (auto const& run : found.runs) list.push_back(to_json(run));
    json::object body;
    body["runs"] = std::move(list);
    body["next"] = found.next ? json::value(std::to_string(found.next->value)) : json::value(nullptr);
    body["complete"] = found.complete;
    return json::serialize(body);
  };
  auto body = co_await room->parts.services.database.read(std::move(query));
  if (!body) co_return problem(body.error());
  co_return http::Reply::json(200, std::move(*body));
}

awaitable<http::Reply> count_runs(std::shared_ptr<Room> room, Call request) {
  auto search = run_search_of(request, room->parts.services.clock.wall());
  search.patience = std::chrono::milliseconds(250);
  auto query = [search = std::move(search)](sql::Connection& db) {
    auto const found = store::count_found(db, search);
    json::object counts;
    for (auto const& count : found.counts) counts[domain::to_string(count.state)] = count.runs;
    json::object body;
    body["counts"] = std::move(counts);
    body["complete"] = found.complete;
    return json::serialize(body);
  };
  auto body = co_await room->parts.services.database.read(std::move(query));
  co_return http::Reply::json(200, std::move(body));
}

/// One run as the database knows it.
struct FoundRun {
  store::RunSummary run;
  json::object body;
  std::vector<store::PipelineRow> pipelines;
};

json::value optional_run(std::optional<store::RunNo> const& no) {
  return no ? json::value(no->value) : json::value(nullptr);
}

std::optional<FoundRun> find_run(sql::Connection& db, Room const& room, Principal const& who, std::string const& name) {
  auto const& services = room.parts.services;
  auto const state_dir = services.state_dir.root().string();
  auto const row = store::load_run_by_id(db, name);
  auto const detail = row ? store::run_detail(db, row->no) : std::nullopt;
  if (!detail) return std::nullopt;
  auto const links = store::run_links(db, *row);
  auto const spec = domain::spec_from_json(links.spec);
  FoundRun found;
  auto& body = found.body = to_json(*detail, state_dir, spec ? &*spec : nullptr);
  auto& artifacts = body["artifacts"].as_array();
  for (std::size_t i = 0; i < artifacts.size(); ++i) {
    auto const& [attempt, artifact] = detail->artifacts[i];
    artifacts[i].as_object()["url"] = room.links.link(detail->run.id, attempt, artifact.name, services.clock.wall());
  }
  auto const line = spec ? orchestrator::docker_run(*row, *spec, links.create_body, state_dir) : std::string();
  body["docker_run"] = line.empty() ? json::value(nullptr) : json::value(as_utf8(line));
  body["lineage"] = lineage_to_json(detail->run, links, who);
  body["previous"] = optional_run(links.previous);
  body["next_run"] = optional_run(links.next);
  auto const keeping = store::keeping_of(db, row->no);
  body["pinned_at"] = to_json(keeping.pinned);
  body["pinned_by"] = keeping.pinned ? json::value(as_utf8(keeping.pinned_by)) : json::value(nullptr);
  body["log_removed_at"] = to_json(keeping.log_removed);
  body["artifacts_removed_at"] = to_json(keeping.artifacts_removed);
  body["detected_at"] = to_json(links.detected);
  body["settled_at"] = to_json(links.settled);
  found.run = detail->run;
  found.pipelines = store::list_pipelines(db);
  return found;
}

awaitable<http::Reply> show_run(std::shared_ptr<Room> room, Call request) {
  auto query = [room, who = request.who, run = request.params["run"]](sql::Connection& db) {
    return find_run(db, *room, who, run);
  };
  auto found = co_await room->parts.services.database.read(std::move(query));
  if (!found) co_return problem(no_such_run(request.params["run"]));
  auto& body = found->body;
  auto waits = room->why.waits_for(found->run, found->pipelines);
  if (domain::is_active(found->run.state))  // what goes on is told as progress
    std::erase_if(waits, [](auto const& finding) { return finding.reason == domain::Reason::none; });
  body["waiting"] = sentences_of(waits);
  auto const progress = room->why.pull_progress(found->run);
  body["progress"] = progress.empty() ? json::value(nullptr) : json::value(progress);
  auto const layers = room->why.pull_layers(found->run);
  body["progress_detail"] = nullptr;
  if (!layers.empty()) body["progress_detail"].emplace_object()["layers"] = to_json(layers);
  co_return http::Reply::json(200, json::serialize(body));
}

awaitable<http::Reply> cancel_run(std::shared_ptr<Room> room, Call request) {
  if (auto const body = body_of(request); !body) co_return problem(415, body.error());
  auto const run = request.params["run"];
  auto const state = co_await room->parts.actions.cancel(run);
  if (!state) co_return problem(state.error());
  json::object answer;
  answer["run"] = run;
  answer["state"] = domain::to_string(*state);
  co_return http::Reply::json(domain::is_end(*state) ? 200 : 202, json::serialize(answer));
}

awaitable<http::Reply> repeat_run(std::shared_ptr<Room> room, Call request, domain::Trigger how) {
  if (auto const body = body_of(request); !body) co_return problem(415, body.error());
  auto const ref = co_await room->parts.actions.repeat(request.params["run"], how);
  if (!ref) co_return problem(ref.error());
  auto query = [no = ref->no](sql::Connection& db) { return store::load_run(db, no); };
  auto const row = co_await room->parts.services.database.read(std::move(query));
  json::object answer;
  answer["run_no"] = ref->no.value;
  answer["run_id"] = ref->id;
  answer["pipeline"] = row ? json::value(row->pipeline_name) : json::value(nullptr);
  auto reply = http::Reply::json(202, json::serialize(answer));
  reply.headers.set("Location", "/api/v1/runs/" + ref->id);
  co_return reply;
}

awaitable<http::Reply> retry_run(std::shared_ptr<Room> room, Call request) {
  return repeat_run(std::move(room), std::move(request), domain::Trigger::retry);
}

awaitable<http::Reply> rerun_run(std::shared_ptr<Room> room, Call request) {
  return repeat_run(std::move(room), std::move(request), domain::Trigger::rerun);
}

}  // namespace

std::optional<core::Error> unknown_pipeline(sql::Connection& db, Principal const& who, std::string const& name) {
  std::vector<std::string> names;
  for (auto const& row : store::list_pipelines(db))
    if (who.may_see(row.name)) names.push_back(row.name);
  if (std::find(names.begin(), names.end(), name) != names.end()) return std::nullopt;
  auto hint = domain::did_you_mean(name, names);
  return core::Error{core::Errc::not_found, "there is no pipeline of that name", name,
                     hint.empty() ? "`tidewheel pipelines` lists them" : hint};
}

store::RunSearch run_search_of(Call const& request, core::Wall now) {
  auto query = domain::parse_run_query(request.query_value("q").value_or(""), now);
  if (!query) throw core::Failure(query.error());
  store::RunSearch search;
  search.query = std::move(*query);
  search.pipelines = request.who.pipelines;
  search.limit = limit_of(request, 50);
  if (auto const before = number_of(request, "before")) search.before = store::RunNo{*before};
  domain::RunTerm term;
  if (auto const state = request.query_value("state")) {
    if (!domain::parse_run_state(*state)) refuse("is not a state of a run: '" + *state + "'", "state");
    term.field = domain::RunTerm::Field::state;
    term.values = {*state};
    search.query.terms.push_back(term);
  }
  if (auto const pipeline = request.query_value("pipeline")) {
    term.field = domain::RunTerm::Field::pipeline;
    term.values = {*pipeline};
    search.query.terms.push_back(term);
  }
  return search;
}

void add_run_routes(http::Router& router, std::shared_ptr<Room> const& room) {
  using config::Access;
  add(router, room, Access::read, Reach::own, "GET", "/api/v1/runs", list_runs);
  add(router, room, Access::read, Reach::own, "GET", "/api/v1/runs/counts", count_runs);
  add(router, room, Access::read, Reach::run, "GET", "/api/v1/runs/{run}", show_run);
  add(router, room, Access::operate, Reach::run, "POST", "/api/v1/runs/{run}/cancel", cancel_run);
  add(router, room, Access::operate, Reach::run, "POST", "/api/v1/runs/{run}/retry", retry_run);
  add(router, room, Access::operate, Reach::run, "POST", "/api/v1/runs/{run}/rerun", rerun_run);
}

}  // namespace api
