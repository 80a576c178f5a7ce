#include "store/read_signals.hpp"

#include <algorithm>

#include "domain/run_state.hpp"
#include "store/transitions.hpp"
#include "store/value_columns.hpp"

namespace store {
namespace {

using domain::RunState;

constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::int64_t most_entries = 100'000;

std::optional<core::Wall> time_at(sql::Row const& row, int column) {
  auto const ms = row.optional_integer(column);
  return ms ? std::optional(core::from_ms(*ms)) : std::nullopt;
}

}  // namespace

std::map<std::string, PipelineSignals> list_signals(sql::Connection& db) {
  std::map<std::string, PipelineSignals> found;
  db.each(
      "SELECT p.name, h.good_ms, h.failing_ms, h.failing_run_no, h.expected_ms, h.overdue_ms, h.expect_rule FROM "
      "pipeline_health h"
      " JOIN pipeline p USING(pipeline_id)",
      [&found](sql::Row const& row) {
        auto& signals = found[row.text(0)];
        signals.good_at = time_at(row, 1);
        signals.failing_since = time_at(row, 2);
        if (auto const no = row.optional_integer(3)) signals.failing_run = RunNo{*no};
        signals.expected_at = time_at(row, 4);
        signals.overdue_since = time_at(row, 5);
        signals.expect_rule = row.text_or_empty(6);
      });
  db.each(
      "SELECT p.name, a.output, a.bound, a.run_no, a.since_ms, o.type, o.value FROM alert a JOIN pipeline p"
      " USING(pipeline_id) LEFT JOIN run_output o ON o.run_no = a.run_no AND o.name = a.output ORDER BY p.name, "
      "a.output",
      [&found](sql::Row const& row) {
        AlertRow alert{row.text(1), row.text(2), {row.integer(3)}, core::from_ms(row.integer(4)), {}};
        if (auto const type = row.optional_text(5)) alert.value = value_at(row, 6, value_type_of(*type));
        found[row.text(0)].alerts.push_back(std::move(alert));
      });
  return found;
}

std::vector<HourCount> hourly_ends(sql::Connection& db, core::Wall since, std::vector<std::string> const& pipelines) {
  std::map<std::int64_t, HourCount> hours;
  db.each(
      "SELECT f.at_ms / ?3, f.state, count(*), p.name FROM feed f JOIN pipeline p USING(pipeline_id)"
      " WHERE f.seq > (SELECT max(seq) FROM feed) - ?2 AND f.at_ms >= ?1 GROUP BY 1, 2, f.pipeline_id",
      [&](sql::Row const& row) {
        auto const name = row.text(3);
        if (!pipelines.empty() && std::ranges::find(pipelines, name) == pipelines.end()) return;
        auto& hour = hours[row.integer(0)];
        hour.hour = core::from_ms(row.integer(0) * hour_ms);
        auto const state = state_of(row.text(1));
        if (state == RunState::succeeded) hour.succeeded += row.integer(2);
        if (domain::is_failure(state)) hour.failed += row.integer(2);
      },
      core::to_ms(since), most_entries, hour_ms);
  std::vector<HourCount> list;
  for (auto const& [unused, hour] : hours) list.push_back(hour);
  return list;
}

}  // namespace store
