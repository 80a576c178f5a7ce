#include "watch/page_merge.hpp"

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

}  // namespace watch
