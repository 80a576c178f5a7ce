#include <algorithm>
#include <boost/json/parse.hpp>

#include "api/json.hpp"
#include "core/sha256.hpp"
#include "core/utf8.hpp"
#include "domain/alert.hpp"

namespace api {

namespace {

template <class Number>
json::value optional(std::optional<Number> const& number) {
  return number ? json::value(*number) : json::value(nullptr);
}
json::value optional(std::optional<store::RunNo> const& no) {
  return no ? json::value(no->value) : json::value(nullptr);
}
json::value optional_text(std::string const& text) {
  return text.empty() ? json::value(nullptr) : json::value(as_utf8(text));
}
json::value seconds(std::optional<std::int64_t> const& ms) {
  return ms ? json::value(static_cast<double>(*ms) / 1000) : json::value(nullptr);
}
json::value seconds_between(std::optional<core::Wall> const& from, std::optional<core::Wall> const& to) {
  if (!from || !to) return nullptr;
  return static_cast<double>((*to - *from).count()) / 1000;
}

json::value input_of(store::RunSummary const& run) {
  if (run.input_uri.empty()) return nullptr;
  json::object input;
  input["uri"] = run.input_uri;
  input["key"] = as_utf8(run.input_key);
  return input;
}

json::array inputs_of(store::RunDetail const& detail) {
  json::array list;
  for (auto const& input : detail.inputs) {
    json::object object;
    object["uri"] = input.uri;
    object["key"] = core::to_display(input.key);
    object["size"] = input.version.size;
    object["mtime_ns"] = input.version.mtime_ns;
    object["sha256"] = input.hash ? json::value(core::to_hex(*input.hash)) : json::value(nullptr);
    list.push_back(std::move(object));
  }
  return list;
}

json::array params_of(store::RunDetail const& detail) {
  json::array list;
  for (auto const& param : detail.params) {
    json::object object;
    object["name"] = param.name;
    object["type"] = domain::to_string(param.type);
    object["value"] = to_json(param.value, param.type);
    object["origin"] = param.from_user ? "user" : "default";
    list.push_back(std::move(object));
  }
  return list;
}

json::value alert_of(domain::PipelineSpec const* spec, store::OutputRow const& output) {
  if (spec == nullptr) return nullptr;
  auto const declared = std::ranges::find(spec->outputs, output.name, &domain::OutputSpec::name);
  auto const bound = declared == spec->outputs.end() ? "" : domain::crossed_bound(*declared, output.value);
  return bound.empty() ? json::value(nullptr) : json::value(bound);
}

json::array outputs_of(store::RunDetail const& detail, domain::PipelineSpec const* spec) {
  json::array list;
  for (auto const& output : detail.outputs) {
    json::object object;
    object["name"] = as_utf8(output.name);
    object["type"] = domain::to_string(output.type);
    object["value"] = to_json(output.value, output.type);
    object["unit"] = optional_text(output.unit);
    object["alert"] = alert_of(spec, output);
    list.push_back(std::move(object));
  }
  return list;
}

json::array artifacts_of(store::RunDetail const& detail, std::string const& state_dir) {
  json::array list;
  for (auto const& [attempt, artifact] : detail.artifacts) {
    json::object object;
    object["name"] = core::to_display(artifact.name);
    object["role"] = domain::to_string(artifact.role);
    object["media_type"] = artifact.media_type;
    object["size"] = artifact.size;
    object["sha256"] = core::to_hex(artifact.sha256);
    object["path"] = as_utf8(state_dir + "/" + artifact.path);
    object["attempt"] = attempt;
    list.push_back(std::move(object));
  }
  return list;
}

json::array attempts_of(store::RunDetail const& detail) {
  json::array list;
  for (auto const& attempt : detail.attempts) {
    json::object object;
    object["attempt"] = attempt.number;
    object["step"] = attempt.step;
    object["outcome"] = optional_text(attempt.outcome);
    object["reason"] = optional_text(attempt.reason);
    object["detail"] = optional_text(attempt.detail);
    object["exit_code"] = optional(attempt.exit_code);
    object["signal"] = optional(attempt.signal);
    object["oom_killed"] = attempt.oom_killed;
    object["log_suspect"] = attempt.log_suspect;
    object["max_rss_bytes"] = optional(attempt.max_rss_bytes);
    object["cpu_s"] = seconds(attempt.cpu_ms);
    object["container_name"] = attempt.container_name;
    object["container_id"] = optional_text(attempt.container_id);
    object["created_at"] = to_json(std::optional(attempt.created));
    object["started_at"] = to_json(attempt.started);
    object["exited_at"] = to_json(attempt.exited);
    object["removed_at"] = to_json(attempt.removed);
    list.push_back(std::move(object));
  }
  return list;
}

json::array stages_of(store::RunDetail const& detail) {
  json::array list;
  for (auto const& stage : detail.stages) {
    json::object object;
    object["stage"] = stage.name;
    object["attempt"] = stage.attempt;
    object["began_at"] = to_json(std::optional(stage.began));
    object["ended_at"] = to_json(stage.ended);
    object["duration_s"] = seconds_between(stage.began, stage.ended);
    list.push_back(std::move(object));
  }
  return list;
}

}  // namespace

std::string as_utf8(std::string const& bytes) {
  return core::is_utf8(bytes) ? bytes : core::to_display(bytes);
}

json::value to_json(std::optional<core::Wall> const& at) {
  return at ? json::value(core::to_rfc3339(*at)) : json::value(nullptr);
}

json::value to_json(domain::Value const& value, domain::ValueType type) {
  if (auto const* const number = std::get_if<std::int64_t>(&value)) return *number;
  if (auto const* const number = std::get_if<double>(&value)) return *number;
  if (auto const* const boolean = std::get_if<bool>(&value)) return *boolean;
  auto const* const text = std::get_if<std::string>(&value);
  if (text == nullptr) return nullptr;
  if (type == domain::ValueType::json) {
    boost::system::error_code error;
    auto parsed = json::parse(*text, error);
    if (!error) return parsed;
  }
  return json::value(as_utf8(*text));
}

json::object to_json(store::RunSummary const& run) {
  json::object object;
  object["run_no"] = run.no.value;
  object["run_id"] = run.id;
  object["pipeline"] = run.pipeline;
  object["revision"] = optional(run.revision);
  object["state"] = domain::to_string(run.state);
  object["reason"] = domain::to_string(run.reason);
  object["explanation"] =
      run.reason == domain::Reason::none ? json::value(nullptr) : json::value(domain::explain(run.reason));
  object["detail"] = optional_text(run.detail);
  object["trigger"] = run.trigger;
  object["seq"] = run.seq;
  object["attempts"] = run.attempts;
  object["retry_of"] = optional(run.retry_of);
  object["replaced_by"] = optional(run.replaced_by);
  object["cancel_requested"] = run.cancel_requested;
  object["image"] = optional_text(run.image);
  object["image_id"] = optional_text(run.image_id);
  object["image_digest"] = optional_text(run.image_digest);
  object["exit_code"] = optional(run.exit_code);
  object["oom_killed"] = run.oom_killed;
  object["input_drifted"] = run.input_drifted;
  object["max_rss_bytes"] = optional(run.max_rss_bytes);
  object["cpu_s"] = seconds(run.cpu_ms);
  object["queued_at"] = to_json(std::optional(run.queued));
  object["not_before"] = to_json(run.not_before);
  object["started_at"] = to_json(run.started);
  object["finished_at"] = to_json(run.finished);
  object["duration_s"] = seconds_between(run.started, run.finished);
  object["input"] = input_of(run);
  return object;
}

json::object lineage_to_json(store::RunSummary const& run, store::RunLinks const& links, Principal const& who) {
  json::object lineage;
  lineage["retry_of"] = optional(run.retry_of);
  json::array retried_by;
  for (auto const& no : links.retried_by) retried_by.push_back(no.value);
  lineage["retried_by"] = std::move(retried_by);
  lineage["replaced_by"] = optional(run.replaced_by);
  lineage["replaces"] = optional(links.replaces);
  json::array same_input;
  for (auto const& other : links.same_input) {
    if (!who.may_see(other.pipeline)) continue;
    json::object object;
    object["run_no"] = other.no.value;
    object["run_id"] = other.id;
    object["pipeline"] = other.pipeline;
    object["state"] = domain::to_string(other.state);
    same_input.push_back(std::move(object));
  }
  lineage["same_input"] = std::move(same_input);
  return lineage;
}

json::object to_json(store::RunDetail const& detail, std::string const& state_dir, domain::PipelineSpec const* spec) {
  auto object = to_json(detail.run);
  object["inputs"] = inputs_of(detail);
  object["params"] = params_of(detail);
  object["outputs"] = outputs_of(detail, spec);
  object["artifacts"] = artifacts_of(detail, state_dir);
  object["attempt_list"] = attempts_of(detail);
  object["stages"] = stages_of(detail);
  return object;
}

}  // namespace api
