#include "fields.hpp"

#include <boost/json/serialize.hpp>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "core/units.hpp"
#include "core/uri.hpp"

namespace cli {

std::string as_text(json::value const& value) {
  if (auto const* const text = value.if_string()) return std::string(*text);
  if (value.is_null()) return {};
  if (auto const* const number = value.if_double()) {
    char buffer[40];
    std::snprintf(buffer, sizeof buffer, "%.10g", *number);
    return buffer;
  }
  return json::serialize(value);
}

std::string text(json::object const& object, std::string_view key) {
  auto const* const value = object.if_contains(key);
  return value == nullptr ? std::string() : as_text(*value);
}

std::optional<std::int64_t> integer(json::object const& object, std::string_view key) {
  auto const* const value = object.if_contains(key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  boost::system::error_code error;
  auto const number = value->to_number<std::int64_t>(error);
  return error ? std::nullopt : std::optional(number);
}

std::optional<double> real(json::object const& object, std::string_view key) {
  auto const* const value = object.if_contains(key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->to_number<double>();
}

bool flag(json::object const& object, std::string_view key) {
  auto const* const value = object.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

json::object const& as_object(json::value const& value) {
  static json::object const nothing;
  auto const* const object = value.if_object();
  return object == nullptr ? nothing : *object;
}

json::object const& object_at(json::object const& object, std::string_view key) {
  static json::value const nothing;
  auto const* const value = object.if_contains(key);
  return as_object(value == nullptr ? nothing : *value);
}

json::array const& array_at(json::object const& object, std::string_view key) {
  static json::array const nothing;
  auto const* const value = object.if_contains(key);
  return value == nullptr || !value->is_array() ? nothing : value->get_array();
}

std::string short_time(std::string_view iso) {
  if (iso.size() < 19) return std::string(iso);
  std::string time(iso.substr(0, 19));
  if (time[10] == 'T') time[10] = ' ';
  return time;
}

std::string for_people(double seconds) {
  char buffer[40];
  if (seconds < 1) {
    std::snprintf(buffer, sizeof buffer, "%.0f ms", seconds * 1000);
  } else if (seconds < 120) {
    std::snprintf(buffer, sizeof buffer, "%.1f s", seconds);
  } else {
    return core::format_duration(std::chrono::seconds(std::llround(seconds)));
  }
  return buffer;
}

std::string path_of(std::string const& uri) {
  constexpr std::string_view scheme = "file://";
  return uri.starts_with(scheme) ? core::percent_decode(std::string_view(uri).substr(scheme.size())) : uri;
}

}  // namespace cli
