#include "config/declarations_section.hpp"

#include <algorithm>
#include <array>

#include "config/map_reader.hpp"
#include "config/paths.hpp"
#include "domain/params.hpp"
#include "domain/reserved.hpp"

namespace config {
namespace {

using domain::ValueType;

constexpr std::array<std::string_view, 5> type_names{"int", "float", "bool", "string", "json"};

bool is_numeric(ValueType type) noexcept {
  return type == ValueType::integer || type == ValueType::real;
}

/// [a-z][a-z0-9_]{0,62}: names that are SQL columns and template names as they stand.
bool check_name(Reader const& reader, Entry const& entry, std::string_view what) {
  auto const& name = entry.key;
  auto const fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  if (!name.empty() && name.size() <= 63 && name[0] >= 'a' && name[0] <= 'z' && std::ranges::all_of(name, fits))
    return true;
  reader.source().error(entry.key_span, "'" + name + "' is not a name for " + std::string(what),
                        "small letters, digits and '_', a letter first, at most 63");
  return false;
}

std::optional<ValueType> read_type(Reader const& reader, MapReader& keys) {
  auto const* node = keys.require("type", "write int, float, bool, string or json");
  auto const word = node == nullptr ? std::nullopt : reader.word(*node, type_names);
  if (!word) return std::nullopt;
  return domain::parse_value_type(type_names[*word]);
}

void read_optional_text(Reader const& reader, MapReader& keys, std::string_view key, std::string& into) {
  auto const* node = keys.take(key);
  if (node == nullptr) return;
  if (auto text = reader.text(*node)) into = std::move(*text);
}

class ParamReader {
 public:
  ParamReader(Reader const& reader, Entry const& entry)
      : reader_(reader), keys_(reader, entry.value, "parameter '" + entry.key + "'") {
    param_.name = entry.key;
  }

  domain::ParamSpec read() {
    auto const type = read_type(reader_, keys_);
    param_.type = type.value_or(ValueType::string);
    read_bound("min", param_.min, type);
    read_bound("max", param_.max, type);
    auto const* choices = keys_.take("enum");
    if (choices != nullptr && type) read_choices(*choices);
    auto const* fallback = keys_.take("default");
    if (fallback != nullptr && type) read_default(*fallback);
    read_optional_text(reader_, keys_, "help", param_.help);
    keys_.finish();
    return std::move(param_);
  }

 private:
  void read_bound(std::string_view key, std::optional<double>& bound, std::optional<ValueType> type) {
    auto const* node = keys_.take(key);
    if (node == nullptr) return;
    if (type && !is_numeric(*type)) {
      reader_.source().error(node->span, "'" + std::string(key) + "' is for int and float only");
      return;
    }
    bound = reader_.real(*node);
    if (key == "max" && bound && param_.min && *bound < *param_.min)
      reader_.source().error(node->span, "max is below min");
  }

  void read_choices(Node const& node) {
    if (!reader_.expect(node, Node::Kind::list, "a list")) return;
    if (node.items.empty()) reader_.source().error(node.span, "an empty enum allows nothing");
    for (auto const& item : node.items) {
      auto value = reader_.value(item, param_.type);
      if (!value) continue;
      if (std::ranges::find(param_.choices, *value) != param_.choices.end()) {
        reader_.source().error(item.span, describe(item) + " is in the list twice");
        continue;
      }
      domain::ParamSpec bounds;
      bounds.min = param_.min;
      bounds.max = param_.max;
      if (auto const complaint = domain::check_bounds(bounds, *value); !complaint.empty())
        reader_.source().error(item.span, complaint);
      param_.choices.push_back(std::move(*value));
    }
  }

  void read_default(Node const& node) {
    if (node.kind == Node::Kind::null && param_.type != ValueType::json) {
      reader_.mismatch(node, "a value", "leave 'default' out if each run has to give one");
      return;
    }
    auto value = reader_.value(node, param_.type);
    if (!value) return;
    if (auto const complaint = domain::check_bounds(param_, *value); !complaint.empty())
      reader_.source().error(node.span, "the default does not fit: " + complaint);
    param_.default_value = std::move(*value);
  }

  Reader const& reader_;
  MapReader keys_;
  domain::ParamSpec param_;
};

domain::OutputSpec read_output(Reader const& reader, Entry const& entry) {
  MapReader keys(reader, entry.value, "output '" + entry.key + "'");
  domain::OutputSpec output;
  output.name = entry.key;
  auto const type = read_type(reader, keys);
  output.type = type.value_or(ValueType::real);
  read_optional_text(reader, keys, "unit", output.unit);
  read_optional_text(reader, keys, "help", output.help);
  if (auto const* node = keys.take("required"))
    if (auto const flag = reader.boolean(*node)) output.required = *flag;
  if (auto const* node = keys.take("alert");
      node != nullptr && reader.expect(*node, Node::Kind::map, "a map such as {above: 50}")) {
    MapReader alert(reader, *node, "alert");
    if (auto const* above = alert.take("above")) output.alert_above = reader.real(*above);
    if (auto const* below = alert.take("below")) output.alert_below = reader.real(*below);
    alert.finish();
    if (type && !is_numeric(*type)) reader.source().error(node->span, "'alert' is for int and float only");
  }
  keys.not_built_yet({"from", "regex", "pointer", "column", "chart"});
  keys.finish();
  return output;
}

bool check_artifact_name(Reader const& reader, Entry const& entry) {
  auto const& name = entry.key;
  std::string complaint;
  std::string hint = "a path below /out, such as report.html or plots/fit.png";
  if (name.starts_with('/')) {
    complaint = "has to be relative";
    if (name.starts_with("/out/")) hint = "write '" + name.substr(5) + "'";
  } else if (name.empty() || normalized(name) != "/" + name) {
    complaint = "is not the name of a file below /out";
  } else if (name == "outputs.json") {
    complaint = "is not an artifact: it carries the outputs";
    hint = "declare them under 'outputs'";
  } else if (name.find_first_of("*?[{") != std::string::npos) {
    complaint = "is a glob";
    hint = "every file in /out is an artifact anyway; list single files to say more of them";
  }
  if (!complaint.empty()) reader.source().error(entry.key_span, "'" + name + "' " + complaint, std::move(hint));
  return complaint.empty();
}

}  // namespace

std::vector<domain::ParamSpec> read_params(Reader const& reader, Node const& node) {
  std::vector<domain::ParamSpec> params;
  if (!reader.expect(node, Node::Kind::map, "a map from names to parameters",
                     "write {threshold: {type: float, default: 2.5}}"))
    return params;
  for (auto const& entry : node.entries) {
    bool const named = check_name(reader, entry, "a parameter");
    if (!reader.expect(entry.value, Node::Kind::map, "a map", "write {type: float, default: 2.5}")) {
      if (named) params.emplace_back().name = entry.key;  // so that templates that use it are not errors too
      continue;
    }
    auto param = ParamReader(reader, entry).read();
    if (named) params.push_back(std::move(param));
  }
  return params;
}

std::vector<domain::OutputSpec> read_outputs(Reader const& reader, Node const& node) {
  std::vector<domain::OutputSpec> outputs;
  if (!reader.expect(node, Node::Kind::map, "a map from names to outputs",
                     "write {median: {type: float, unit: celsius}}"))
    return outputs;
  for (auto const& entry : node.entries) {
    if (check_name(reader, entry, "an output") && domain::is_reserved_output_name(entry.key))
      reader.source().error(entry.key_span, "'" + entry.key + "' is a column that every result has",
                            "choose another name");
    if (reader.expect(entry.value, Node::Kind::map, "a map", "write {type: float}"))
      outputs.push_back(read_output(reader, entry));
  }
  return outputs;
}

std::vector<domain::ArtifactSpec> read_artifacts(Reader const& reader, Node const& node) {
  std::vector<domain::ArtifactSpec> artifacts;
  if (!reader.expect(node, Node::Kind::map, "a map from file names to artifacts",
                     "write {report.html: {role: report}}"))
    return artifacts;
  for (auto const& entry : node.entries) {
    bool const named = check_artifact_name(reader, entry);
    domain::ArtifactSpec artifact;
    artifact.name = entry.key;
    artifact.role = domain::role_of(entry.key);
    if (entry.value.kind != Node::Kind::null &&
        reader.expect(entry.value, Node::Kind::map, "a map", "write {role: report}")) {
      MapReader keys(reader, entry.value, "artifact '" + entry.key + "'");
      if (auto const* role = keys.take("role")) {
        constexpr std::array<std::string_view, 5> roles{"report", "plot", "table", "summary", "file"};
        if (auto const word = reader.word(*role, roles)) artifact.role = static_cast<domain::ArtifactRole>(*word);
      }
      read_optional_text(reader, keys, "title", artifact.title);
      if (auto const* required = keys.take("required"))
        if (auto const flag = reader.boolean(*required)) artifact.required = *flag;
      if (auto const* scripts = keys.take("scripts"))
        if (auto const flag = reader.boolean(*scripts)) artifact.scripts = *flag;
      keys.not_built_yet({"publish"});
      keys.finish();
    }
    if (named) artifacts.push_back(std::move(artifact));
  }
  return artifacts;
}

}  // namespace config
