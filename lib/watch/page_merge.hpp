#pragma once

#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "watch/bucket.hpp"
#include "watch/ledger.hpp"

namespace watch {

/// Keys that were looked at in another way since a pass began: neither its pages nor their absence from one may say
/// anything about them, since a page may be older than that look.
using AsideKeys = std::unordered_set<std::string>;

/// Compares a listing with the ledger's rows and sorts the differences. Pure.
///   listed only    -> fresh (created)     row only, not marked -> missing
///   both, differ   -> fresh (modified)    row only, marked     -> nothing: it keeps the mark of the pass that missed
///   it both, equal    -> nothing, or found again
class PageMerge {
 public:
  struct Differences {
    std::vector<Observation> fresh;
    std::vector<std::string> missing, found_again;
    [[nodiscard]] std::size_t size() const noexcept { return fresh.size() + missing.size() + found_again.size(); }
  };

  /// `aside` outlives it.
  explicit PageMerge(AsideKeys const& aside) : aside_(aside) {}
  /// A row whose key the listing passed without naming it.
  void row_only(KnownItem const& row);
  /// The next object, with the row of the same key or null.
  void met(ListedObject object, KnownItem const* row);
  /// Objects of a page, in any order, with the rows of their keys. Folder markers are left out.
  void met_all(std::vector<ListedObject> objects, std::vector<KnownItem> const& rows);

  [[nodiscard]] Differences take() { return std::exchange(differences_, {}); }
  [[nodiscard]] std::size_t size() const noexcept { return differences_.size(); }

 private:
  AsideKeys const& aside_;
  Differences differences_;
};

}  // namespace watch
