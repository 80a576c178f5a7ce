#include "store/pipeline_runs.hpp"

#include <utility>
#include <vector>

namespace store {
namespace {

using domain::Reason;
using domain::RunState;
using Found = std::vector<std::pair<RunNo, RunState>>;

auto collect_into(Found& found) {
  return [&found](sql::Row const& row) { found.emplace_back(RunNo{row.integer(0)}, state_of(row.text(1))); };
}

}  // namespace

void hold_waiting_runs(Transitions& transitions, PipelineId pipeline, Reason reason) {
  Found found;
  transitions.db().each(
      "SELECT run_no, state FROM run WHERE pipeline_id = ? AND state IN ('queued', 'retry_wait') ORDER BY place",
      collect_into(found), pipeline.value);
  for (auto const& [no, state] : found) (void)transitions.move(no, state, RunState::held, reason, {});
}

void release_held_runs(Transitions& transitions, PipelineId pipeline) {
  Found found;
  transitions.db().each(
      "SELECT run_no, state FROM run WHERE state = 'held' AND pipeline_id = ?"
      " AND reason IN ('pipeline_retired', 'pipeline_disabled') ORDER BY run_no",
      collect_into(found), pipeline.value);
  for (auto const& [no, state] : found) (void)transitions.move(no, state, RunState::queued, Reason::none, {});
}

}  // namespace store
