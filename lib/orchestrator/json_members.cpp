#include "orchestrator/json_members.hpp"

#include <algorithm>
#include <boost/json.hpp>

namespace orchestrator {

namespace json = boost::json;

namespace {

constexpr std::string_view blanks = " \t\r\n";

}  // namespace

JsonMembers::JsonMembers(std::string_view text) : rest_(text) {
  skip_blanks();
  rest_.remove_prefix(std::min<std::size_t>(1, rest_.size()));  // the opening brace
}

void JsonMembers::skip_blanks() {
  rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size()));
}

std::string_view JsonMembers::take_string() {
  std::size_t end = 1;
  while (end < rest_.size() && rest_[end] != '"') end += rest_[end] == '\\' ? 2 : 1;
  auto const text = rest_.substr(0, end + 1);
  rest_.remove_prefix(std::min(end + 1, rest_.size()));
  return text;
}

std::string_view JsonMembers::take_value() {
  auto const whole = rest_;
  for (int depth = 0; !rest_.empty();) {
    if (rest_[0] == '"') {
      (void)take_string();
      continue;
    }
    if (depth == 0 && (rest_[0] == ',' || rest_[0] == '}')) break;
    if (rest_[0] == '{' || rest_[0] == '[') ++depth;
    if (rest_[0] == '}' || rest_[0] == ']') --depth;
    rest_.remove_prefix(1);
  }
  auto const value = whole.substr(0, whole.size() - rest_.size());
  return value.substr(0, value.find_last_not_of(blanks) + 1);
}

bool JsonMembers::next(std::string& name, std::string_view& value) {
  skip_blanks();
  if (rest_.starts_with(',')) rest_.remove_prefix(1);
  skip_blanks();
  if (!rest_.starts_with('"')) return false;
  name = json::value_to<std::string>(json::parse(take_string()));
  rest_.remove_prefix(std::min(rest_.find(':') + 1, rest_.size()));
  skip_blanks();
  value = take_value();
  return true;
}

std::string_view unboxed(std::string_view value) {
  if (!value.starts_with('[')) return value;
  boost::system::error_code error;
  auto const parsed = json::parse(value, error);
  if (error || !parsed.is_array() || parsed.get_array().size() != 1 || parsed.get_array()[0].is_structured())
    return value;
  value.remove_prefix(1);
  value.remove_suffix(1);
  auto const first = std::min(value.find_first_not_of(blanks), value.size());
  return value.substr(first, value.find_last_not_of(blanks) + 1 - first);
}

}  // namespace orchestrator
