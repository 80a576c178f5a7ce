#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/idempotency.hpp"
#include "store/intake.hpp"
#include "store/run_search.hpp"

namespace store {

/// How far a request that makes many runs has come.
struct BulkProgress {
  std::string position;  ///< what has been gone through, as the request's kind writes it
  std::string answer;    ///< JSON
  bool done = false;
};
/// What this request did before; nullopt: it is new. invalid: the key was used for another one.
[[nodiscard]] core::Result<std::optional<BulkProgress>> find_bulk(sql::Connection& db, OnceOnly const& once,
                                                                  core::Wall now);
/// In the transaction that does a page. What is older than a day goes, and the oldest beyond the bound.
void keep_bulk(sql::Connection& db, OnceOnly const& once, BulkProgress const& progress, core::Wall now);

/// Why a run that a filter finds is not repeated with the others.
enum class LeftOut : std::uint8_t { none, not_ended, repeated_already, newer_data, pipeline_retired };
[[nodiscard]] std::string_view to_string(LeftOut why) noexcept;
[[nodiscard]] LeftOut left_out(sql::Connection& db, RunNo no);

struct RepeatPage {
  std::vector<RunSummary> runs;  ///< to be repeated, oldest first
  std::map<LeftOut, std::int64_t> left_out;
  std::optional<RunNo> next;  ///< `after` of the next page; nullopt: that was all
};
/// A page of the runs that a filter asks to repeat. `search` is oldest first.
[[nodiscard]] RepeatPage find_repeatable(sql::Connection& db, RunSearch const& search);
/// What repeats a run: `retry` keeps its revision, `rerun` takes the current one.
[[nodiscard]] NewRun repetition_of(RunRow const& old, domain::Trigger how);
/// A new run on the same input with the same parameters; nullopt: it is left out by now, or there is none.
[[nodiscard]] std::optional<RunRef> repeat_run(sql::Connection& db, RunNo no, domain::Trigger how, core::Wall now);

/// Items of a source, as far as a backfill wants them.
struct BackfillSearch {
  SourceId source;
  PipelineId pipeline;
  std::function<bool(std::string const&)> accepts;
  std::optional<core::Wall> since;  ///< last written at or after this
  std::string after;                ///< key
  std::size_t limit = 500;          ///< items to look at
  std::size_t most = 500;           ///< items to find
};
struct BackfillPage {
  std::vector<InventoryRow> items;  ///< that match and whose present version nothing has handled
  std::int64_t handled = 0;         ///< that match and have been
  std::optional<std::string> next;  ///< `after` of the next page; nullopt: that was all
};
[[nodiscard]] BackfillPage find_unhandled(sql::Connection& db, BackfillSearch const& search);
/// Queues runs for those of them whose present version still has none. What is outdated by it is added to `stale`.
[[nodiscard]] std::vector<std::optional<RunNo>> backfill(sql::Connection& db, SourceId source, PipelineId pipeline,
                                                         std::vector<std::string> const& keys,
                                                         std::vector<RunNo>& stale, core::Wall now);

}  // namespace store
