#include "api/pipeline_view.hpp"

#include <boost/json/array.hpp>
#include <map>

#include "domain/spec_json.hpp"
#include "store/read_revisions.hpp"
#include "store/read_signals.hpp"

namespace api {

namespace {

using Signals = std::map<std::string, store::PipelineSignals>;

constexpr std::size_t recent_most = 30;

json::value optional_text(std::string const& text) {
  return text.empty() ? json::value(nullptr) : json::value(as_utf8(text));
}

void add_description(json::object& pipeline, std::string const& stored) {
  auto const spec = domain::spec_from_json(stored);
  pipeline["owner"] = spec ? optional_text(spec->owner) : json::value(nullptr);
  json::array tags;
  if (spec)
    for (auto const& tag : spec->tags) tags.push_back(json::value(as_utf8(tag)));
  pipeline["tags"] = std::move(tags);
}

void add_recent(sql::Connection& db, json::object& pipeline, store::PipelineId id) {
  json::array recent;
  for (auto const& run : store::recent_runs(db, id, recent_most)) {
    json::object object;
    object["run_no"] = run.no.value;
    object["run_id"] = run.id;
    object["state"] = domain::to_string(run.state);
    object["duration_s"] = run.started && run.finished
                               ? json::value(static_cast<double>((*run.finished - *run.started).count()) / 1000)
                               : json::value(nullptr);
    object["finished_at"] = to_json(run.finished);
    recent.push_back(std::move(object));
  }
  pipeline["recent"] = std::move(recent);
}

void add_signals(json::object& pipeline, Signals const& signals, std::string const& name) {
  auto const found = signals.find(name);
  auto const known = found == signals.end() ? store::PipelineSignals() : found->second;
  pipeline["health"] = known.failing_since ? "failing" : known.good_at ? "ok" : "unknown";
  pipeline["failing_since_at"] = to_json(known.failing_since);
  pipeline["next_expected_at"] = to_json(known.expected_at);
  pipeline["expect"] = nullptr;
  if (!known.expect_rule.empty()) {
    json::object expect;
    expect["rule"] = known.expect_rule.empty() ? json::value(nullptr) : json::value(as_utf8(known.expect_rule));
    expect["state"] = known.overdue_since ? "overdue" : "ok";
    expect["expected_at"] = to_json(known.expected_at);
    expect["since_at"] = to_json(known.overdue_since);
    pipeline["expect"] = std::move(expect);
  }
  json::array alerts;
  for (auto const& alert : known.alerts) {
    json::object object;
    object["name"] = alert.output;
    object["value"] = to_json(alert.value, domain::ValueType::real);
    object["bound"] = alert.bound;
    object["run_no"] = alert.run.value;
    object["since_at"] = to_json(std::optional(alert.since));
    alerts.push_back(std::move(object));
  }
  pipeline["alerts"] = std::move(alerts);
}

void add_runs(sql::Connection& db, json::object& pipeline, std::string const& name,
              std::vector<store::StateCount> const& counts) {
  json::object by_state;
  for (auto const& count : counts)
    if (count.pipeline == name) by_state[domain::to_string(count.state)] = count.runs;
  pipeline["counts"] = std::move(by_state);
  store::RunFilter newest;
  newest.pipeline = name;
  newest.limit = 1;
  auto const runs = store::list_runs(db, newest);
  pipeline["last_run"] = runs.empty() ? json::value(nullptr) : json::value(to_json(runs.front()));
}

void add_file(json::object& pipeline, store::PipelineFile const& file) {
  pipeline["file"] = as_utf8(file.file);
  pipeline["read_at"] = to_json(std::optional(file.read));
  pipeline["diagnostics"] = file.diagnostics.empty() ? json::value(nullptr) : json::value(as_utf8(file.diagnostics));
}

/// What a pipeline is called by: its name, or its file's where errors hide that.
std::string called(store::PipelineFile const& file) {
  return file.pipeline.empty() ? as_utf8(file.file.substr(file.file.rfind('/') + 1)) : as_utf8(file.pipeline);
}

}  // namespace

json::array pipelines_to_json(sql::Connection& db, Principal const& who, std::string const& only) {
  auto const files = store::list_pipeline_files(db);
  auto const counts = store::count_unfinished(db);
  auto const signals = store::list_signals(db);
  std::map<std::string, bool> registered;
  json::array list;
  for (auto const& row : store::list_pipelines(db)) {
    registered[row.name] = true;
    if ((!only.empty() && row.name != only) || !who.may_see(row.name)) continue;
    auto pipeline = to_json(row);
    add_description(pipeline, row.spec);
    add_recent(db, pipeline, row.id);
    add_signals(pipeline, signals, row.name);
    pipeline["file"] = nullptr;
    pipeline["diagnostics"] = nullptr;
    for (auto const& file : files)
      if (file.pipeline == row.name && (pipeline["file"].is_null() || !file.diagnostics.empty()))
        add_file(pipeline, file);
    add_runs(db, pipeline, row.name, counts);
    list.push_back(std::move(pipeline));
  }
  for (auto const& file : files) {
    if (file.diagnostics.empty() || registered.contains(file.pipeline)) continue;
    auto const name = called(file);
    if ((!only.empty() && name != only) || !who.may_see(name)) continue;
    json::object pipeline;
    pipeline["name"] = name;
    pipeline["state"] = "invalid";
    pipeline["revision"] = nullptr;
    add_file(pipeline, file);
    list.push_back(std::move(pipeline));
  }
  return list;
}

std::optional<store::PipelineFile> faulty_file(sql::Connection& db, std::string const& name) {
  for (auto& file : store::list_pipeline_files(db))
    if (!file.diagnostics.empty() && called(file) == name) return std::move(file);
  return std::nullopt;
}

void add_revision(sql::Connection& db, json::object& pipeline, std::string const& name) {
  auto const revision = store::find_revision(db, name, 0);
  if (!revision) return;
  pipeline["yaml"] = as_utf8(revision->yaml);
  pipeline["registered_at"] = to_json(std::optional(revision->registered));
  pipeline["view"] = domain::view_name(name);
  auto const spec = domain::spec_from_json(revision->spec);
  pipeline["spec"] = spec ? json::value(to_json(*spec)) : json::value(nullptr);
  pipeline["description"] = spec ? optional_text(spec->description) : json::value(nullptr);
}

}  // namespace api
