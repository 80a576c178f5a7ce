#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "domain/value.hpp"
#include "sql/connection.hpp"
#include "store/ids.hpp"

/// How pipelines do: failing, overdue, beyond their bounds. Reader thread.
namespace store {

struct AlertRow {
  std::string output, bound;  ///< bound: above below
  RunNo run;
  core::Wall since{};
  domain::Value value;  ///< of that run
};
struct PipelineSignals {
  std::optional<core::Wall> good_at;  ///< the newest success
  std::optional<core::Wall> failing_since;
  std::optional<RunNo> failing_run;  ///< the first failure since
  std::string expect_rule;           ///< in words; empty: nothing is expected
  std::optional<core::Wall> expected_at, overdue_since;
  std::vector<AlertRow> alerts;
};
/// By pipeline; only those of which something is known.
[[nodiscard]] std::map<std::string, PipelineSignals> list_signals(sql::Connection& db);

struct HourCount {
  core::Wall hour{};
  std::int64_t succeeded = 0, failed = 0;  ///< failed: every end that is neither good nor outdated, cancelled, skipped
};
/// Runs that ended since then, by the hour, oldest first; of the newest 100,000 entries of the feed. `pipelines` empty:
/// of all.
[[nodiscard]] std::vector<HourCount> hourly_ends(sql::Connection& db, core::Wall since,
                                                 std::vector<std::string> const& pipelines);

}  // namespace store
