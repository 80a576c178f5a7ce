#include "watch/page_merge.hpp"

#include <string_view>
#include <unordered_map>
#include <utility>

namespace watch {

void PageMerge::row_only(KnownItem const& row) {
  if (row.missing != 0 || aside_.contains(row.key)) return;
  differences_.missing.push_back(row.key);
}

void PageMerge::met(ListedObject object, KnownItem const* row) {
  if (aside_.contains(object.key)) return;
  bool const equal = row != nullptr && compare(row->version, object.version) == domain::Difference::none;
  if (equal && row->missing == 0) return;
  if (equal) {
    differences_.found_again.push_back(std::move(object.key));
    return;
  }
  Observation observation;
  observation.key = std::move(object.key);
  observation.found = std::move(object.version);
  differences_.fresh.push_back(std::move(observation));
}

void PageMerge::met_all(std::vector<ListedObject> objects, std::vector<KnownItem> const& rows) {
  std::unordered_map<std::string_view, KnownItem const*> by_key;
  for (auto const& row : rows) by_key.emplace(row.key, &row);
  for (auto& object : objects) {
    if (is_folder_marker(object.key, object.version.size)) continue;
    auto const row = by_key.find(object.key);
    met(std::move(object), row == by_key.end() ? nullptr : row->second);
  }
}

}  // namespace watch
