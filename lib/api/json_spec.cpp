#include <boost/json/array.hpp>

#include "api/json.hpp"
#include "domain/source_root.hpp"

namespace api {

namespace {

json::value bound(std::optional<double> const& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

json::array texts(std::vector<std::string> const& list) {
  json::array array;
  for (auto const& text : list) array.push_back(json::value(as_utf8(text)));
  return array;
}

json::object describe(domain::ParamSpec const& param) {
  json::object object;
  object["name"] = param.name;
  object["type"] = domain::to_string(param.type);
  object["default"] = to_json(param.default_value, param.type);
  object["min"] = bound(param.min);
  object["max"] = bound(param.max);
  json::array choices;
  for (auto const& choice : param.choices) choices.push_back(to_json(choice, param.type));
  object["choices"] = choices.empty() ? json::value(nullptr) : json::value(std::move(choices));
  object["help"] = as_utf8(param.help);
  return object;
}

json::object describe(domain::OutputSpec const& output) {
  json::object object;
  object["name"] = output.name;
  object["type"] = domain::to_string(output.type);
  object["unit"] = output.unit.empty() ? json::value(nullptr) : json::value(as_utf8(output.unit));
  object["help"] = as_utf8(output.help);
  object["required"] = output.required;
  object["alert"] = alert_to_json(output);
  return object;
}

json::object describe(domain::ArtifactSpec const& artifact) {
  json::object object;
  object["name"] = as_utf8(artifact.name);
  object["role"] = domain::to_string(artifact.role);
  object["title"] = artifact.title.empty() ? json::value(nullptr) : json::value(as_utf8(artifact.title));
  object["required"] = artifact.required;
  return object;
}

json::object describe(domain::WatchSpec const& watch) {
  json::object object;
  object["root"] = as_utf8(domain::root_of(watch));
  object["files"] = texts(watch.files);
  object["ignore"] = texts(watch.ignore);
  object["settle_s"] = static_cast<double>(watch.settle.count()) / 1000;
  return object;
}

json::object describe(domain::NotifySpec const& notify) {
  json::object object;
  json::array events;
  for (auto const event : notify.events) events.push_back(json::value(domain::to_string(event)));
  object["events"] = std::move(events);
  object["webhook"] = notify.webhook;
  return object;
}

template <class Items>
json::array list_of(Items const& items) {
  json::array list;
  for (auto const& item : items) list.push_back(describe(item));
  return list;
}

}  // namespace

json::value alert_to_json(domain::OutputSpec const& output) {
  if (!output.alert_above && !output.alert_below) return nullptr;
  json::object alert;
  alert["above"] = bound(output.alert_above);
  alert["below"] = bound(output.alert_below);
  return alert;
}

json::object to_json(domain::PipelineSpec const& spec) {
  json::object object;
  object["params"] = list_of(spec.params);
  object["outputs"] = list_of(spec.outputs);
  object["artifacts"] = list_of(spec.artifacts);
  object["watch"] = list_of(spec.watch);
  object["image"] = as_utf8(spec.image);
  object["entrypoint"] = spec.entrypoint ? json::value(texts(*spec.entrypoint)) : json::value(nullptr);
  object["command"] = texts(spec.command);
  object["secrets"] = texts(spec.secrets);  // names: what they are, nobody is told
  object["mem_limit"] = spec.mem_limit;
  object["cpus"] = spec.cpus > 0 ? json::value(spec.cpus) : json::value(nullptr);
  if (!spec.gpus.devices.empty())
    object["gpus"] = texts(spec.gpus.devices);
  else if (spec.gpus.count < 0)
    object["gpus"] = "all";
  else
    object["gpus"] = spec.gpus.count > 0 ? json::value(spec.gpus.count) : json::value(nullptr);
  object["timeout_s"] =
      spec.timeout.count() > 0 ? json::value(static_cast<double>(spec.timeout.count()) / 1000) : json::value(nullptr);
  object["max_running"] = spec.max_running;
  object["priority"] = spec.priority;
  object["serialize_by"] = spec.serialize_by.empty() ? json::value(nullptr) : json::value(as_utf8(spec.serialize_by));
  object["overlap"] = domain::to_string(spec.overlap);
  object["out_limit"] = spec.out_limit;
  object["log_limit"] = spec.log_limit;
  object["retries_max"] = spec.retries.max;
  object["expect"] = spec.expect ? json::value(domain::to_text(*spec.expect)) : json::value(nullptr);
  object["notify"] = list_of(spec.notify);
  return object;
}

}  // namespace api
