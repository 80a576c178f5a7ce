#include "watch/merge.hpp"

#include <utility>

#include "watch/default_ignores.hpp"

namespace watch {

void Merge::row_only(KnownItem const& row) {
  if (in_unknown_ && row.key.starts_with(unknown_tree_)) return;
  if (!default_ignored_key(row.key).empty()) return;  // a scan does not list it, so its absence says nothing
  if (!may_remove_ || !row.missing) {
    ++unconfirmed_;
    if (!row.missing) differences_.missing.push_back(row.key);
  } else if (doomed_ >= most_doomed_) {
    ++unconfirmed_;
    held_ = true;
  } else {
    ++doomed_;
    differences_.doomed.push_back(row.key);
  }
}

void Merge::met(ScanEntry& entry, KnownItem const* row) {
  switch (entry.kind) {
    case ScanEntry::Kind::unknown_tree:
      unknown_tree_ = std::move(entry.key);
      in_unknown_ = true;
      return;
    case ScanEntry::Kind::unknown:
    case ScanEntry::Kind::directory:
      return;
    case ScanEntry::Kind::file:
      break;
  }
  bool const equal = row != nullptr && compare(row->version, entry.version) == domain::Difference::none;
  if (!equal)
    differences_.fresh.push_back({std::move(entry.key), entry.version, row != nullptr && row->hash});
  else if (row->missing)
    differences_.found_again.push_back(std::move(entry.key));
}

}  // namespace watch
