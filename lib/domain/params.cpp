#include "domain/params.hpp"

#include <algorithm>
#include <optional>

#include "domain/nearest.hpp"
#include "domain/scalar.hpp"

namespace domain {
namespace {

std::optional<double> number_of(Value const& value) {
  if (auto const* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
  if (auto const* real = std::get_if<double>(&value)) return *real;
  return std::nullopt;
}

std::string list_of(std::vector<Value> const& choices) {
  std::string list;
  for (auto const& choice : choices) list += (list.empty() ? "" : ", ") + to_argument(choice);
  return list;
}

ParamError unknown_param(std::string const& name, std::vector<ParamSpec> const& specs) {
  std::vector<std::string> names;
  for (auto const& spec : specs) names.push_back(spec.name);
  auto hint = did_you_mean(name, std::span<std::string const>(names));
  if (hint.empty() && names.empty()) hint = "this pipeline has no parameters";
  if (hint.empty()) {
    hint = "known: ";
    for (auto const& known : names) hint += (known == names.front() ? "" : ", ") + known;
  }
  return {name, "there is no parameter '" + name + "'", std::move(hint)};
}

std::string expectation(ParamSpec const& spec) {
  auto text = "it is of type " + std::string(to_string(spec.type));
  return spec.help.empty() ? text : text + ": " + spec.help;
}

void resolve_one(ParamSpec const& spec, ParamOverride const* given, ResolvedParams& resolved) {
  if (given == nullptr) {
    if (std::holds_alternative<std::monostate>(spec.default_value))
      resolved.errors.push_back(
          {spec.name, "parameter '" + spec.name + "' has no default and was not given", expectation(spec)});
    else
      resolved.params.push_back({spec.name, spec.type, spec.default_value, false});
    return;
  }
  auto const value = given->form == ParamOverride::Form::json ? parse_json_value(spec.type, given->text)
                                                              : parse_value(spec.type, given->text);
  if (!value) {
    resolved.errors.push_back(
        {spec.name, "parameter '" + spec.name + "': " + value.error().operation, expectation(spec)});
  } else if (auto const complaint = check_bounds(spec, *value); !complaint.empty()) {
    resolved.errors.push_back({spec.name, "parameter '" + spec.name + "': " + complaint, spec.help});
  } else {
    resolved.params.push_back({spec.name, spec.type, *value, true});
  }
}

}  // namespace

ResolvedParams resolve_params(std::vector<ParamSpec> const& specs, ParamOverrides const& overrides) {
  ResolvedParams resolved;
  for (auto const& [name, given] : overrides)
    if (std::ranges::find(specs, name, &ParamSpec::name) == specs.end())
      resolved.errors.push_back(unknown_param(name, specs));
  for (auto const& spec : specs) {
    auto const given = overrides.find(spec.name);
    resolve_one(spec, given == overrides.end() ? nullptr : &given->second, resolved);
  }
  if (!resolved.errors.empty()) resolved.params.clear();
  return resolved;
}

std::string check_bounds(ParamSpec const& spec, Value const& value) {
  auto const text = to_argument(value);
  if (auto const number = number_of(value)) {
    if (spec.min && *number < *spec.min) return text + " is below min " + to_argument(Value{*spec.min});
    if (spec.max && *number > *spec.max) return text + " is above max " + to_argument(Value{*spec.max});
  }
  if (!spec.choices.empty() && std::ranges::find(spec.choices, value) == spec.choices.end())
    return "'" + text + "' is not one of: " + list_of(spec.choices);
  return {};
}

std::string params_json(std::vector<RunParam> const& params) {
  std::string object = "{";
  for (auto const& param : params) {
    if (object.size() > 1) object += ", ";
    object += to_json(Value{param.name}, ValueType::string) + ": " + to_json(param.value, param.type);
  }
  return object + "}\n";
}

}  // namespace domain
