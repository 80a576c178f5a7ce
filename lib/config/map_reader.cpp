#include "config/map_reader.hpp"

#include <algorithm>

#include "core/utf8.hpp"
#include "domain/nearest.hpp"

namespace config {

MapReader::MapReader(Reader const& reader, Node const& map, std::string_view name)
    : reader_(reader), map_(map), name_(name) {}

Entry const* MapReader::seen(std::string_view key) {
  auto const* entry = map_.find(key);
  if (entry != nullptr) reported_.push_back(entry->key);
  return entry;
}

Node const* MapReader::take(std::string_view key) {
  known_.push_back(key);
  auto const* entry = seen(key);
  return entry == nullptr ? nullptr : &entry->value;
}

Node const* MapReader::require(std::string_view key, std::string hint) {
  auto const* value = take(key);
  if (value == nullptr && !map_.faulty) {
    auto const where = name_.empty() ? std::string() : " in " + name_;
    reader_.source().error(map_.span, "'" + std::string(key) + "' is missing" + where, std::move(hint));
  }
  return value;
}

void MapReader::not_built_yet(std::initializer_list<std::string_view> keys) {
  for (auto const key : keys)
    if (auto const* entry = seen(key))
      reader_.source().error(entry->key_span, "'" + entry->key + "' is not built yet",
                             "a later version will have it; take it out for now");
}

void MapReader::advise(std::string_view key, std::string message, std::string hint) {
  if (auto const* entry = seen(key)) reader_.source().error(entry->key_span, std::move(message), std::move(hint));
}

void MapReader::finish(bool extensions) {
  for (auto const& entry : map_.entries) {
    if (std::ranges::find(reported_, std::string_view(entry.key)) != reported_.end()) continue;
    if (extensions && entry.key.starts_with("x-")) continue;
    auto const where = name_.empty() ? std::string() : " in " + name_;
    auto hint = domain::did_you_mean(entry.key, known_);
    if (hint.empty() && known_.size() <= 8 && !known_.empty()) {
      hint = "known: ";
      for (auto const known : known_) hint += (known == known_.front() ? "" : ", ") + std::string(known);
    }
    reader_.source().error(entry.key_span, "unknown key '" + core::to_display(entry.key) + "'" + where,
                           std::move(hint));
  }
}

}  // namespace config
