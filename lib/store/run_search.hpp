#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "domain/run_query.hpp"
#include "store/read_models.hpp"

namespace store {

/// Runs that a filter asks for. Reader thread.
struct RunSearch {
  domain::RunQuery query;
  std::optional<std::set<std::string>> pipelines;  ///< nullopt: the caller may see all
  std::optional<RunNo> before;                     ///< keyset cursor: the `next` of the page before
  bool oldest_first = false;                       ///< `after` is the cursor then, and `before` an end
  std::optional<RunNo> after;
  std::size_t limit = 50;
  /// A search looks at windows of runs, the newest ones first, and begins no further one after this time.
  std::chrono::milliseconds patience{100};
};
struct FoundRuns {
  std::vector<RunSummary> runs;  ///< newest first, or oldest first
  std::optional<RunNo> next;     ///< where to go on; nullopt: there are no more
  bool complete = true;          ///< false: it gave up for now, before the page was full
};
[[nodiscard]] FoundRuns search_runs(sql::Connection& db, RunSearch const& search);

struct FoundCounts {
  std::vector<StateCount> counts;  ///< by state; `pipeline` stays empty
  bool complete = true;            ///< false: older runs have not been counted
};
/// `limit` and `before` do not matter.
[[nodiscard]] FoundCounts count_found(sql::Connection& db, RunSearch const& search);

}  // namespace store
