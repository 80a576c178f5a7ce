#include <fcntl.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "api/export.hpp"
#include "api/json.hpp"
#include "api/once.hpp"
#include "api/pipeline_view.hpp"
#include "api/problem.hpp"
#include "api/query.hpp"
#include "api/routes.hpp"
#include "core/fd.hpp"
#include "core/read_bounded.hpp"
#include "core/sha256.hpp"
#include "core/uri.hpp"
#include "domain/nearest.hpp"
#include "store/read_revisions.hpp"

namespace api {

namespace {

using Text = core::Result<std::string>;

core::Error no_such_pipeline(sql::Connection& db, std::string const& name) {
  std::vector<std::string> names;
  for (auto const& row : store::list_pipelines(db)) names.push_back(row.name);
  auto hint = domain::did_you_mean(name, names);
  return {core::Errc::not_found, "there is no pipeline of that name", name,
          hint.empty() ? "`tidewheel pipelines` lists them" : hint};
}

awaitable<http::Reply> list_pipelines(std::shared_ptr<Room> room, Call request) {
  auto query = [who = request.who, folder = room->parts.services.config.pipelines_dir](sql::Connection& db) {
    json::object body;
    body["pipelines"] = pipelines_to_json(db, who, {});
    body["pipelines_dir"] = as_utf8(folder);
    return json::serialize(body);
  };
  auto body = co_await room->parts.services.database.read(std::move(query));
  co_return http::Reply::json(200, std::move(body));
}

/// A file with errors, as it is now, unless it is no longer the one that they were found in.
std::optional<std::string> read_faulty(store::PipelineFile const& file) {
  constexpr std::size_t longest = std::size_t{1} << 20;
  core::Fd const fd(::open(file.file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  auto text = fd ? core::read_bounded(fd.get(), longest) : std::nullopt;
  if (!text || core::sha256_hex(*text) != file.sha256) return std::nullopt;
  return text;
}

awaitable<std::optional<std::string>> faulty_yaml(Room& room, std::string name) {
  auto query = [name](sql::Connection& db) { return faulty_file(db, name); };
  auto const file = co_await room.parts.services.database.read(std::move(query));
  if (!file) co_return std::nullopt;
  auto read = [file] { return read_faulty(*file); };
  co_return co_await room.parts.services.pool.run(std::move(read));
}

awaitable<http::Reply> show_pipeline(std::shared_ptr<Room> room, Call request) {
  auto const faulty = co_await faulty_yaml(*room, request.params["name"]);
  auto query = [who = request.who, name = request.params["name"], faulty](sql::Connection& db) -> Text {
    auto found = pipelines_to_json(db, who, name);
    if (found.empty()) return no_such_pipeline(db, name);
    auto& pipeline = found.front().as_object();
    pipeline["file_yaml"] = faulty ? json::value(as_utf8(*faulty)) : json::value(nullptr);
    add_revision(db, pipeline, name);
    return json::serialize(found.front());
  };
  auto body = co_await room->parts.services.database.read(std::move(query));
  if (!body) co_return problem(body.error());
  co_return http::Reply::json(200, std::move(*body));
}

std::optional<std::pair<std::int64_t, store::RunNo>> cursor_of(http::RequestContext const& request) {
  auto const text = request.query_value("before");
  if (!text) return std::nullopt;
  std::int64_t seq = 0;
  std::int64_t run = 0;
  auto const* const end = text->data() + text->size();
  auto const first = std::from_chars(text->data(), end, seq);
  if (first.ec == std::errc() && first.ptr != end && *first.ptr == '.') {
    auto const second = std::from_chars(first.ptr + 1, end, run);
    if (second.ec == std::errc() && second.ptr == end) return std::pair(seq, store::RunNo{run});
  }
  refuse("is not the `next` of an earlier answer", "before");
}

/// All rows of a pipeline's view.
class ResultPages final : public ExportPages {
 public:
  ResultPages(std::shared_ptr<Room> room, store::ResultFilter filter)
      : room_(std::move(room)), filter_(std::move(filter)) {
    filter_.limit = 500;
  }
  [[nodiscard]] std::vector<std::string> columns() const override { return columns_; }
  [[nodiscard]] awaitable<core::Result<Page>> next() override {
    auto query = [filter = filter_](sql::Connection& db) { return store::results(db, filter); };
    auto const table = co_await room_->parts.services.database.read(std::move(query));
    if (!table) co_return core::Error{core::Errc::not_found, "there is no pipeline of that name", filter_.pipeline, {}};
    if (columns_.empty())
      for (auto const& column : table->columns) columns_.push_back(column.name);
    Page page;
    page.rows = std::move(to_json(*table)["rows"].as_array());
    page.last = !table->next;
    filter_.before = table->next;
    co_return page;
  }

 private:
  std::shared_ptr<Room> room_;
  store::ResultFilter filter_;
  std::vector<std::string> columns_;
};

awaitable<http::Reply> show_results(std::shared_ptr<Room> room, Call request) {
  store::ResultFilter filter;
  filter.pipeline = request.params["name"];
  filter.history = flag_of(request, "history");
  filter.before = cursor_of(request);
  filter.limit = limit_of(request, 50);
  if (auto const format = format_of(request); format != ExportFormat::json) {
    auto look = [name = filter.pipeline](sql::Connection& db) -> core::Result<void> {
      if (!store::find_revision(db, name, 0)) return no_such_pipeline(db, name);
      return {};
    };
    auto const known = co_await room->parts.services.database.read(std::move(look));
    if (!known) co_return problem(known.error());
    auto pages = std::make_shared<ResultPages>(room, filter);
    co_return export_reply(room, request, format, filter.pipeline, std::move(pages));
  }
  auto query = [filter](sql::Connection& db) -> Text {
    auto const table = store::results(db, filter);
    if (!table) return no_such_pipeline(db, filter.pipeline);
    auto body = to_json(*table);
    body["pipeline"] = filter.pipeline;
    body["view"] = domain::view_name(filter.pipeline) + (filter.history ? "_history" : "");
    return json::serialize(body);
  };
  auto body = co_await room->parts.services.database.read(std::move(query));
  if (!body) co_return problem(body.error());
  co_return http::Reply::json(200, std::move(*body));
}

domain::ParamOverrides overrides_of(json::object const& body) {
  domain::ParamOverrides overrides;
  auto const* const params = body.if_contains("params");
  if (params == nullptr || params->is_null()) return overrides;
  if (!params->is_object()) refuse("must be an object of names and values", "params");
  for (auto const& param : params->get_object()) {
    domain::ParamOverride value;
    if (auto const* const text = param.value().if_string()) {
      value.text = std::string(*text);
    } else {
      value.text = json::serialize(param.value());
      value.form = domain::ParamOverride::Form::json;
    }
    overrides.emplace(param.key(), std::move(value));
  }
  return overrides;
}

awaitable<http::Reply> start_run(std::shared_ptr<Room> room, Call request) {
  auto const body = body_of(request);
  if (!body) co_return problem(415, body.error());
  std::vector<std::string> const known{"input", "input_base64", "params"};
  check_keys(*body, known);
  orchestrator::Actions::RunRequest wanted;
  wanted.pipeline = request.params["name"];
  wanted.input = bytes_of(*body, "input").value_or("");
  if (!wanted.input.empty() && !wanted.input.starts_with('/') && !wanted.input.starts_with("s3://"))
    refuse("must be an absolute path or s3://bucket/key", "input");
  wanted.params = overrides_of(*body);
  wanted.once = once_of(request);
  auto const ref = co_await room->parts.actions.run(std::move(wanted));
  if (!ref) co_return problem(ref.error());
  json::object answer;
  answer["run_no"] = ref->no.value;
  answer["run_id"] = ref->id;
  answer["pipeline"] = request.params["name"];
  auto reply = http::Reply::json(202, json::serialize(answer));
  reply.headers.set("Location", "/api/v1/runs/" + ref->id);
  co_return reply;
}

http::Reply paused_reply(core::Result<void> const& done, bool paused) {
  if (!done) return problem(done.error());
  return http::Reply::json(200, paused ? R"({"paused":true})" : R"({"paused":false})");
}

awaitable<http::Reply> pause(std::shared_ptr<Room> room, Call request) {
  if (auto const body = body_of(request); !body) co_return problem(415, body.error());
  auto const done = co_await room->parts.actions.pause(request.params["name"], request.who.name);
  co_return paused_reply(done, true);
}

awaitable<http::Reply> resume(std::shared_ptr<Room> room, Call request) {
  if (auto const body = body_of(request); !body) co_return problem(415, body.error());
  auto const done = co_await room->parts.actions.resume(request.params["name"]);
  co_return paused_reply(done, false);
}

awaitable<http::Reply> pause_all(std::shared_ptr<Room> room, Call request) {
  if (auto const body = body_of(request); !body) co_return problem(415, body.error());
  co_await room->parts.actions.pause_all(request.who.name);
  co_return paused_reply({}, true);
}

awaitable<http::Reply> resume_all(std::shared_ptr<Room> room, Call request) {
  if (auto const body = body_of(request); !body) co_return problem(415, body.error());
  co_await room->parts.actions.resume_all();
  co_return paused_reply({}, false);
}

}  // namespace

void add_pipeline_routes(http::Router& router, std::shared_ptr<Room> const& room) {
  using config::Access;
  add(router, room, Access::read, Reach::own, "GET", "/api/v1/pipelines", list_pipelines);
  add(router, room, Access::read, Reach::pipeline, "GET", "/api/v1/pipelines/{name}", show_pipeline);
  add(router, room, Access::read, Reach::pipeline, "GET", "/api/v1/pipelines/{name}/results", show_results);
  add(router, room, Access::operate, Reach::pipeline, "POST", "/api/v1/pipelines/{name}/runs", start_run);
  add(router, room, Access::operate, Reach::everything, "POST", "/api/v1/pause", pause_all);
  add(router, room, Access::operate, Reach::everything, "POST", "/api/v1/resume", resume_all);
  add(router, room, Access::operate, Reach::pipeline, "POST", "/api/v1/pipelines/{name}/pause", pause);
  add(router, room, Access::operate, Reach::pipeline, "POST", "/api/v1/pipelines/{name}/resume", resume);
}

}  // namespace api
