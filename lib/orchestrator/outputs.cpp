#include "orchestrator/outputs.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <map>

#include "core/utf8.hpp"

namespace orchestrator {

namespace {

namespace json = boost::json;
using domain::Value;
using domain::ValueType;
using Named = std::map<std::string, json::value, std::less<>>;

constexpr std::size_t most_outputs = 1000;
constexpr std::size_t longest_name = 128;

/// Duplicate keys would win silently in Boost.JSON; a script that writes them has a bug that its author should hear of.
bool name_is_good(std::string_view name) {
  return !name.empty() && name.size() <= longest_name && core::is_utf8(name) &&
         std::none_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

void read_json(std::string_view text, Named& found, std::vector<std::string>& errors) {
  if (text.empty()) return;
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = 32;
  auto const value = json::parse(text, error, {}, options);
  if (error) {
    errors.push_back("outputs.json is not valid JSON: " + error.message());
  } else if (!value.is_object()) {
    errors.push_back("outputs.json must hold one flat object, like {\"n\": 12, \"median\": 3.5}");
  } else {
    for (auto const& [name, item] : value.get_object()) {
      auto const key = std::string(name);
      if (!name_is_good(key)) errors.push_back("outputs.json: a name is empty, too long or not text: '" + core::to_display(key.substr(0, 40)) + "'");
      else found.insert_or_assign(key, item);
    }
  }
}

/// A line's value is JSON where it reads as a JSON scalar, object or array, else plain text.
json::value line_value(std::string_view text) {
  boost::system::error_code error;
  auto value = json::parse(text, error);
  return error ? json::value(json::string(text)) : value;
}

void read_lines(std::string_view text, Named& found, std::vector<std::string>& errors) {
  while (!text.empty()) {
    auto const end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    auto const equals = line.find('=');
    if (equals == std::string_view::npos || !name_is_good(line.substr(0, equals)) || !core::is_utf8(line)) {
      errors.push_back("a line of $TIDEWHEEL_OUTPUTS is not name=value: '" + core::to_display(line.substr(0, 60)) + "'");
      continue;
    }
    found.insert_or_assign(std::string(line.substr(0, equals)), line_value(line.substr(equals + 1)));
  }
}

/// R's jsonlite writes scalars as arrays of one unless told otherwise (auto_unbox); such an array is taken as its value.
json::value const& unboxed(json::value const& value) {
  return value.is_array() && value.get_array().size() == 1 && !value.get_array()[0].is_structured() ? value.get_array()[0] : value;
}

std::string describe(json::value const& value) {
  auto text = json::serialize(value);
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return text;
}

std::optional<Value> as_real(json::value const& value) {
  if (value.is_double() && std::isfinite(value.get_double())) return Value(value.get_double());
  if (value.is_int64()) return Value(static_cast<double>(value.get_int64()));
  if (value.is_uint64()) return Value(static_cast<double>(value.get_uint64()));
  return std::nullopt;
}

std::optional<Value> as_integer(json::value const& value) {
  if (value.is_int64()) return Value(value.get_int64());
  // 12.0 is an integer too: R has no integer literal in most scripts.
  if (value.is_double() && std::trunc(value.get_double()) == value.get_double() && std::abs(value.get_double()) < 9e15)
    return Value(static_cast<std::int64_t>(value.get_double()));
  return std::nullopt;
}

std::optional<Value> convert(json::value const& boxed, ValueType type) {
  if (type == ValueType::json) return Value(std::string(json::serialize(boxed)));
  auto const& value = unboxed(boxed);
  if (value.is_null()) return Value();
  switch (type) {
    case ValueType::integer: return as_integer(value);
    case ValueType::real: return as_real(value);
    case ValueType::boolean: return value.is_bool() ? std::optional<Value>(value.get_bool()) : std::nullopt;
    case ValueType::string: return value.is_string() ? std::optional<Value>(std::string(value.get_string())) : std::nullopt;
    case ValueType::json: break;
  }
  return std::nullopt;
}

ValueType shown_type(json::value const& boxed) {
  auto const& value = unboxed(boxed);
  if (value.is_int64()) return ValueType::integer;
  if (value.is_double() || value.is_uint64()) return ValueType::real;
  if (value.is_bool()) return ValueType::boolean;
  if (value.is_string()) return ValueType::string;
  return ValueType::json;
}

std::string join(std::vector<std::string> const& parts) {
  std::string text;
  for (auto const& part : parts) text += (text.empty() ? "" : "; ") + part;
  return text;
}

}  // namespace

core::Result<std::vector<store::OutputRow>> read_outputs(std::vector<domain::OutputSpec> const& declared,
                                                         std::string_view json_text, std::string_view lines) {
  Named found;
  std::vector<std::string> errors;
  read_json(json_text, found, errors);
  read_lines(lines, found, errors);
  if (found.size() > most_outputs) errors.push_back("more than 1000 outputs");

  std::vector<store::OutputRow> rows;
  for (auto const& spec : declared) {
    auto const it = found.find(spec.name);
    if (it == found.end() || unboxed(it->second).is_null()) {
      if (spec.required) errors.push_back("output '" + spec.name + "' is declared but was not given");
    } else if (auto value = convert(it->second, spec.type)) {
      rows.push_back({spec.name, spec.type, std::move(*value), spec.unit});
    } else {
      errors.push_back("output '" + spec.name + "' should be " + std::string(domain::to_string(spec.type)) + ", got " + describe(it->second));
    }
    if (it != found.end()) found.erase(it);
  }
  for (auto const& [name, value] : found) {
    auto const type = shown_type(value);
    if (auto converted = convert(value, type)) rows.push_back({name, type, std::move(*converted), {}});
  }
  if (!errors.empty()) return core::Error{core::Errc::invalid, join(errors), "outputs", {}};
  return rows;
}

}  // namespace orchestrator
