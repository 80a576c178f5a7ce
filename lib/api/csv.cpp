#include "api/csv.hpp"

#include <boost/json/serialize.hpp>
#include <charconv>

#include "domain/value.hpp"

namespace api {

namespace {

bool is_number(std::string const& text) {
  double number = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool looks_like_formula(std::string const& text) {
  return !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos && !is_number(text);
}

}  // namespace

std::string csv_record(std::vector<std::string> const& fields, bool guard) {
  std::string record;
  bool first = true;
  for (auto const& field : fields) {
    if (!first) record += ',';
    first = false;
    auto const text = guard && looks_like_formula(field) ? "'" + field : field;
    if (text.find_first_of(",\"\r\n") == std::string::npos) {
      record += text;
      continue;
    }
    record += '"';
    for (char const c : text) record += c == '"' ? "\"\"" : std::string(1, c);
    record += '"';
  }
  return record + "\r\n";
}

std::string csv_field(boost::json::value const& value) {
  if (value.is_null()) return {};
  if (auto const* const text = value.if_string()) return std::string(*text);
  if (auto const* const number = value.if_double()) return domain::to_argument(*number);
  return boost::json::serialize(value);
}

}  // namespace api
