#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "watch/bucket.hpp"
#include "watch/ledger.hpp"

namespace watch {

/// Compares a listing with the ledger's rows, both in byte order of keys, and sorts the differences. Pure.
///   listed only    -> fresh (created)     row only, not marked -> missing
///   both, differ   -> fresh (modified)    row only, marked     -> nothing: it keeps the mark of the pass that missed
///   it both, equal    -> nothing, or found again
/// A key that was looked at by itself since the pass began is left alone: the page may be older than that look.
class PageMerge {
 public:
  struct Differences {
    std::vector<Observation> fresh;
    std::vector<std::string> missing, found_again;
    [[nodiscard]] std::size_t size() const noexcept { return fresh.size() + missing.size() + found_again.size(); }
  };

  /// A row whose key the listing passed without naming it.
  void row_only(KnownItem const& row);
  /// The next object, with the row of the same key or null.
  void met(ListedObject object, KnownItem const* row);
  /// Looked at by itself; from now on neither of the two says anything about this key.
  void set_aside(std::string key) { aside_.insert(std::move(key)); }
  [[nodiscard]] std::size_t aside() const noexcept { return aside_.size(); }

  [[nodiscard]] Differences take() { return std::exchange(differences_, {}); }
  [[nodiscard]] std::size_t size() const noexcept { return differences_.size(); }

 private:
  Differences differences_;
  std::unordered_set<std::string> aside_;
};

}  // namespace watch
