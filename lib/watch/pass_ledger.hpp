#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "watch/ledger.hpp"

namespace watch {

/// Where the listing of a bucket stands, as it is stored.
struct PassState {
  std::int64_t number = 0;  ///< of the newest pass; 0: there was none
  bool open = false;        ///< it is under way
  bool voided = false;      ///< a page broke the rules: absence in this pass proves nothing
  std::string cursor;       ///< all keys up to this one have been compared
  std::int64_t listed = 0;  ///< objects up to the cursor
  core::Wall started{};
  std::int64_t complete = 0;  ///< number of the last complete pass; 0: none yet
  std::int64_t complete_listed = 0;
  std::optional<core::Wall> complete_started, completed;
};

/// What comparing a stretch of a listing with the inventory gave.
struct PassCommit {
  std::int64_t pass = 0;
  std::vector<Observation> fresh;
  std::vector<std::string> missing, found_again;
  std::string cursor;       ///< the stretch's last key, listed or known
  std::int64_t listed = 0;  ///< objects since the pass began
};

/// A Ledger that also remembers passes. Loop thread only.
class PassLedger : public Ledger {
 public:
  virtual awaitable<PassState> load_pass() = 0;
  /// Opens the next pass.
  virtual awaitable<PassState> begin_pass() = 0;
  /// Durable at once when it returns: differences, marks and cursor.
  virtual awaitable<void> commit_page(PassCommit page) = 0;
  /// Takes back the marks that this pass made; it makes no more.
  virtual awaitable<void> void_pass(std::int64_t pass) = 0;
  /// The listing came to its end; a void pass ends without being complete.
  virtual awaitable<PassState> end_pass(std::int64_t pass) = 0;
  /// Rows that a pass before this one missed and none found since; at most `limit`, those missed longest first.
  virtual awaitable<std::vector<std::string>> missed_before(std::int64_t pass, std::size_t limit) = 0;
  virtual awaitable<std::int64_t> count_missed_before(std::int64_t pass) = 0;
};

}  // namespace watch
