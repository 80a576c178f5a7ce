#include "store/read_metrics.hpp"

#include "store/transitions.hpp"

namespace store {

MetricRows read_metrics(sql::Connection& db) {
  using domain::RunState;
  MetricRows rows;
  for (int i = 0; !domain::is_end(static_cast<RunState>(i)); ++i) rows.unfinished[static_cast<RunState>(i)] = 0;
  db.each("SELECT state, sum(runs) FROM run_count GROUP BY state", [&rows](sql::Row const& row) {
    auto const found = rows.unfinished.find(state_of(row.text(0)));
    if (found != rows.unfinished.end()) found->second = row.integer(1);
  });
  if (auto const ms = db.integer("SELECT queued_ms FROM run WHERE state = 'queued' ORDER BY run_no LIMIT 1"))
    rows.oldest_queued = core::from_ms(*ms);
  for (auto const* const state : {"live", "disabled", "retired"}) rows.pipelines[state] = 0;
  db.each(
      "SELECT state, count(*), sum(hold_reason IS NOT NULL), "
      "sum(paused_ms IS NOT NULL OR EXISTS(SELECT 1 FROM meta WHERE name = 'paused_ms')) FROM pipeline GROUP BY state",
      [&rows](sql::Row const& row) {
        rows.pipelines[row.text(0)] = row.integer(1);
        rows.held += row.integer(2);
        rows.paused += row.integer(3);
      });
  rows.invalid_files = db.integer("SELECT count(*) FROM pipeline_file WHERE diagnostics IS NOT NULL").value_or(0);
  db.each("SELECT webhook, count(*) FROM outbox WHERE next_ms IS NOT NULL GROUP BY webhook",
          [&rows](sql::Row const& row) { rows.waiting_notifications[row.text(0)] = row.integer(1); });
  return rows;
}

void prove_writable(sql::Connection& db) {
  db.run("UPDATE meta SET value = value WHERE name = 'schema'");
}

}  // namespace store
