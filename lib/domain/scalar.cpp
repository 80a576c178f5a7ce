#include "domain/scalar.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cmath>

#include "core/utf8.hpp"

namespace domain {
namespace {

namespace json = boost::json;

core::Error refuse(std::string_view text, std::string_view what) {
  constexpr std::size_t shown = 80;
  auto quoted = core::to_display(text.substr(0, shown)) + (text.size() > shown ? "..." : "");
  return {core::Errc::invalid, "'" + quoted + "' is not " + std::string(what), {}, {}};
}

std::string_view without_plus(std::string_view text) {
  return text.size() > 1 && text[0] == '+' && text[1] != '-' ? text.substr(1) : text;
}

core::Result<Value> parse_integer(std::string_view text) {
  auto const digits = without_plus(text);
  std::int64_t number = 0;
  auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error == std::errc::result_out_of_range) return refuse(text, "a whole number of 64 bits");
  if (error != std::errc{} || end != digits.data() + digits.size()) return refuse(text, "a whole number");
  return Value{number};
}

core::Result<Value> parse_real(std::string_view text) {
  auto const digits = without_plus(text);
  double number = 0;
  auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error == std::errc::result_out_of_range) return refuse(text, "a number that a double can hold");
  if (error != std::errc{} || end != digits.data() + digits.size()) return refuse(text, "a number");
  if (!std::isfinite(number)) return refuse(text, "a finite number");
  return Value{number};
}

core::Result<Value> parse_boolean(std::string_view text) {
  if (text == "true" || text == "True" || text == "TRUE") return Value{true};
  if (text == "false" || text == "False" || text == "FALSE") return Value{false};
  return refuse(text, "true or false");
}

core::Result<Value> parse_string(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return refuse(text, "a text: it has a NUL byte in it");
  if (!core::is_utf8(text)) return refuse(text, "UTF-8");
  return Value{std::string(text)};
}

core::Result<Value> parse_json(std::string_view text) {
  json::error_code error;
  auto const parsed = json::parse(json::string_view(text.data(), text.size()), error);
  if (error) return refuse(text, "JSON: " + error.message());
  return Value{std::string(text)};
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  auto const first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// JSON's int may come as 3.0 or 3e2 (R writes so); exact as long as a double counts in ones.
core::Result<Value> integer_from_json(std::string_view text) {
  if (text.find_first_of(".eE") == std::string_view::npos) return parse_integer(text);
  auto const real = parse_real(text);
  constexpr double exact = 9007199254740992.0;
  if (!real || std::abs(std::get<double>(*real)) > exact ||
      std::get<double>(*real) != std::trunc(std::get<double>(*real)))
    return refuse(text, "a whole number");
  return Value{static_cast<std::int64_t>(std::get<double>(*real))};
}

}  // namespace

core::Result<Value> parse_value(ValueType type, std::string_view text) {
  switch (type) {
    case ValueType::integer:
      return parse_integer(text);
    case ValueType::real:
      return parse_real(text);
    case ValueType::boolean:
      return parse_boolean(text);
    case ValueType::string:
      return parse_string(text);
    case ValueType::json:
      return parse_json(text);
  }
  return refuse(text, "of a known type");
}

core::Result<Value> parse_json_value(ValueType type, std::string_view text) {
  text = trimmed(text);
  json::error_code error;
  auto const parsed = json::parse(json::string_view(text.data(), text.size()), error);
  if (error) return refuse(text, "JSON: " + error.message());
  if (type == ValueType::json) return Value{std::string(text)};
  if (type == ValueType::integer && parsed.is_number()) return integer_from_json(text);
  if (type == ValueType::real && parsed.is_number()) return parse_real(text);
  if (type == ValueType::boolean && parsed.is_bool()) return Value{parsed.as_bool()};
  if (type == ValueType::string && parsed.is_string())
    return parse_string({parsed.as_string().data(), parsed.as_string().size()});
  switch (type) {
    case ValueType::integer:
      return refuse(text, "a whole number");
    case ValueType::real:
      return refuse(text, "a number");
    case ValueType::boolean:
      return refuse(text, "true or false");
    default:
      return refuse(text, "a text in quotes");
  }
}

std::string to_json(Value const& value, ValueType type) {
  if (std::holds_alternative<std::monostate>(value)) return "null";
  auto const* text = std::get_if<std::string>(&value);
  if (text == nullptr || type == ValueType::json) return to_argument(value);
  return json::serialize(json::string(*text));
}

}  // namespace domain
