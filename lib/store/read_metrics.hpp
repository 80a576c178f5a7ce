#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "core/time.hpp"
#include "domain/run_state.hpp"
#include "sql/connection.hpp"

namespace store {

/// What a scrape asks the database for. Runs that have ended are not looked at, however many there are.
struct MetricRows {
  std::map<domain::RunState, std::int64_t> unfinished;  ///< each state, 0 where there is none
  std::optional<core::Wall> oldest_queued;
  std::map<std::string, std::int64_t> pipelines;  ///< by state
  std::int64_t held = 0, paused = 0;              ///< pipelines
  std::int64_t invalid_files = 0;
  std::map<std::string, std::int64_t> waiting_notifications;  ///< by webhook
};
[[nodiscard]] MetricRows read_metrics(sql::Connection& db);

/// Writes, and changes nothing; throws what a write throws. For readiness.
void prove_writable(sql::Connection& db);

}  // namespace store
