#include "api/json.hpp"

namespace api {

namespace {

/// A line that was cut may end inside of a character.
std::string shown(domain::LogLine const& line) {
  if (!line.cut) return as_utf8(line.text);
  auto text = line.text;
  auto const is_continuation = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
  while (!text.empty() && is_continuation(text.back())) text.pop_back();
  if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0x80U) text.pop_back();
  return as_utf8(text) + "…";
}

}  // namespace

json::object to_json(domain::LogLine const& line) {
  json::object object;
  object["n"] = line.n;
  object["at"] = line.at.empty() ? json::value(nullptr) : json::value(as_utf8(line.at));
  object["stream"] = line.is_stderr ? "stderr" : "stdout";
  object["text"] = shown(line);
  if (line.cut) object["cut"] = true;
  return object;
}

json::array to_json(std::vector<orchestrator::Images::LayerProgress> const& layers) {
  json::array list;
  for (auto const& layer : layers) {
    json::object object;
    object["id"] = as_utf8(layer.id);
    object["status"] = as_utf8(layer.status);
    object["current"] = layer.current;
    object["total"] = layer.total;
    list.push_back(std::move(object));
  }
  return list;
}

}  // namespace api
