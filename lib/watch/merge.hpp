#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "domain/version.hpp"
#include "watch/ledger.hpp"
#include "watch/tree_scan.hpp"

namespace watch {

/// Compares a scan with the ledger's rows, both in byte order of keys, and sorts the differences. Pure.
///   scan only      -> fresh (created)          rows only, not marked -> missing
///   both, differ   -> fresh (modified)         rows only, marked     -> doomed, if removals are allowed
///   both, equal    -> nothing, or found again  below an unknown tree -> nothing: unknown is never missing
class Merge {
 public:
  struct Fresh {
    std::string key;
    domain::Version version;
    bool hash = false;  ///< the old version's hash is known: take this one's, too
  };
  struct Differences {
    std::vector<Fresh> fresh;
    std::vector<std::string> missing, found_again, doomed;
    [[nodiscard]] bool many() const noexcept {
      return fresh.size() >= 256 || missing.size() >= 1000 || found_again.size() >= 1000 || doomed.size() >= 256;
    }
  };

  /// At most `most_doomed` rows are doomed; more of them mean that the breaker must hold.
  Merge(bool may_remove, std::int64_t most_doomed) : may_remove_(may_remove), most_doomed_(most_doomed) {}

  /// A row whose key the scan passed without meeting it.
  void row_only(KnownItem const& row);
  /// The next entry, with the row of the same key or null.
  void met(ScanEntry& entry, KnownItem const* row);

  [[nodiscard]] Differences take() { return std::exchange(differences_, {}); }
  [[nodiscard]] bool many() const noexcept { return differences_.many(); }
  /// Rows that were not met and were not doomed: missing once, or held by the breaker.
  [[nodiscard]] std::int64_t unconfirmed() const noexcept { return unconfirmed_; }
  [[nodiscard]] bool held() const noexcept { return held_; }

 private:
  bool may_remove_;
  std::int64_t most_doomed_;
  Differences differences_;
  std::string unknown_tree_;  ///< the last one met; rows below it come right after it
  bool in_unknown_ = false;
  std::int64_t doomed_ = 0, unconfirmed_ = 0;
  bool held_ = false;
};

}  // namespace watch
