#include "docker/detail/json.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace docker::detail {

namespace json = boost::json;

std::string string_at(json::object const& object, std::string_view key) {
  auto const* const value = object.if_contains(key);
  if (value == nullptr || !value->is_string()) return {};
  return std::string(value->get_string());
}

std::int64_t int_at(json::object const& object, std::string_view key) {
  auto const* const value = object.if_contains(key);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

bool bool_at(json::object const& object, std::string_view key) {
  auto const* const value = object.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

std::vector<std::string> strings_at(json::object const& object, std::string_view key) {
  std::vector<std::string> strings;
  auto const* const value = object.if_contains(key);
  if (value == nullptr || !value->is_array()) return strings;
  for (json::value const& element : value->get_array())
    if (element.is_string()) strings.emplace_back(element.get_string());
  return strings;
}

std::map<std::string, std::string> map_at(json::object const& object, std::string_view key) {
  std::map<std::string, std::string> map;
  for (auto const& field : object_at(object, key))
    if (field.value().is_string()) map.emplace(field.key(), field.value().get_string());
  return map;
}

json::object const& object_at(json::object const& object, std::string_view key) {
  static json::object const empty;
  auto const* const value = object.if_contains(key);
  return value != nullptr && value->is_object() ? value->get_object() : empty;
}

namespace {

json::value sorted(json::value const& value) {
  if (auto const* const array = value.if_array()) {
    json::array copy;
    for (json::value const& element : *array) copy.push_back(sorted(element));
    return copy;
  }
  auto const* const object = value.if_object();
  if (object == nullptr) return value;
  std::vector<std::string_view> keys;
  for (auto const& field : *object) keys.emplace_back(field.key().data(), field.key().size());
  std::sort(keys.begin(), keys.end());
  json::object copy;  // keeps the order of insertion
  for (std::string_view const key : keys) copy.emplace(key, sorted(object->at(key)));
  return copy;
}

}  // namespace

std::string canonical(json::value const& value) {
  return json::serialize(sorted(value));
}

}  // namespace docker::detail
