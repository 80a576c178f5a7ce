#include "orchestrator/outputs.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <set>

#include "core/utf8.hpp"
#include "domain/scalar.hpp"
#include "orchestrator/json_members.hpp"

namespace orchestrator {

namespace {

namespace json = boost::json;
using domain::Value;
using domain::ValueType;

/// One output as it was given.
struct Given {
  std::string text;
  bool plain = false;  ///< of a line; else JSON
};
using Named = std::map<std::string, Given, std::less<>>;

constexpr std::size_t most_outputs = 1000;
constexpr std::size_t longest_name = 128;

bool name_is_good(std::string_view name) {
  return !name.empty() && name.size() <= longest_name && core::is_utf8(name) &&
         std::none_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

void read_members(std::string_view text, Named& found, std::vector<std::string>& errors) {
  JsonMembers members(text);
  std::string name;
  std::string_view value;
  std::set<std::string, std::less<>> twice;
  while (members.next(name, value)) {
    auto const shown = core::to_display(std::string_view(name).substr(0, 40));
    if (!name_is_good(name))
      errors.push_back("outputs.json: a name is empty, too long or not text: '" + shown + "'");
    else if (!found.emplace(name, Given{std::string(value), false}).second && twice.insert(name).second)
      errors.push_back("outputs.json gives '" + shown + "' more than once");
  }
}

void read_json(std::string_view text, Named& found, std::vector<std::string>& errors) {
  if (text.empty()) return;
  boost::system::error_code error;
  auto const value = json::parse(text, error);  // nests 32 deep at most
  if (error)
    errors.push_back("outputs.json is not valid JSON: " + error.message());
  else if (!value.is_object())
    errors.push_back("outputs.json must hold one flat object, like {\"n\": 12, \"median\": 3.5}");
  else
    read_members(text, found, errors);
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
      errors.push_back("a line of $TIDEWHEEL_OUTPUTS is not name=value: '" + core::to_display(line.substr(0, 60)) +
                       "'");
      continue;
    }
    found.insert_or_assign(std::string(line.substr(0, equals)), Given{std::string(line.substr(equals + 1)), true});
  }
}

bool is_null(Given const& given) {
  return !given.plain && unboxed(given.text) == "null";
}

std::string describe(Given const& given) {
  if (given.text.empty()) return "an empty text";
  auto const whole = given.text.size() <= 60;
  return core::to_display(whole ? given.text : given.text.substr(0, 57)) + (whole ? "" : "...");
}

core::Result<Value> convert(Given const& given, ValueType type) {
  if (given.plain)
    if (auto value = domain::parse_value(type, given.text)) return value;
  return domain::parse_json_value(type, type == ValueType::json ? std::string_view(given.text) : unboxed(given.text));
}

/// What an undeclared value shows itself to be; a line that is no JSON is a text.
ValueType shown_type(Given& given) {
  boost::system::error_code error;
  auto const text = unboxed(given.text);
  auto const value = json::parse(text, error);
  if (error) return ValueType::string;
  given.plain = false;
  if (value.is_bool()) return ValueType::boolean;
  if (value.is_string()) return ValueType::string;
  if (!value.is_number()) return ValueType::json;
  bool const whole = text.find_first_of(".eE") == std::string_view::npos;
  return whole && domain::parse_json_value(ValueType::integer, text) ? ValueType::integer : ValueType::real;
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
    if (it == found.end() || is_null(it->second)) {
      if (spec.required) errors.push_back("output '" + spec.name + "' is declared but was not given");
    } else if (auto value = convert(it->second, spec.type)) {
      rows.push_back({spec.name, spec.type, std::move(*value), spec.unit});
    } else {
      errors.push_back("output '" + spec.name + "' should be " + std::string(domain::to_string(spec.type)) + ", got " +
                       describe(it->second));
    }
    if (it != found.end()) found.erase(it);
  }
  for (auto& [name, given] : found) {
    auto const type = shown_type(given);
    if (auto value = convert(given, type))
      rows.push_back({name, type, std::move(*value), {}});
    else
      errors.push_back("output '" + name + "': " + value.error().operation);
  }
  if (!errors.empty()) return core::Error{core::Errc::invalid, join(errors), "outputs", {}};
  return rows;
}

}  // namespace orchestrator
