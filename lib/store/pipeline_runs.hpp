#pragma once

#include "domain/run_state.hpp"
#include "store/ids.hpp"
#include "store/transitions.hpp"

namespace store {

/// Queued and retry_wait runs of a pipeline that went away become held, with why.
void hold_waiting_runs(Transitions& transitions, PipelineId pipeline, domain::Reason reason);
/// Runs held because the pipeline was away are queued again, at their places.
void release_held_runs(Transitions& transitions, PipelineId pipeline);

}  // namespace store
