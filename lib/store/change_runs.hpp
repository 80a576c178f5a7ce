#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/run_state.hpp"
#include "domain/version.hpp"
#include "store/ids.hpp"
#include "store/transitions.hpp"

namespace store {

/// One version of one item, as intake and registration decide about it.
struct ItemVersion {
  SourceId source;
  std::string root;  ///< of the source
  std::string key;
  domain::Version version;
  std::optional<domain::ContentHash> hash;
  std::int64_t seq = 0;  ///< the change that told of it; 0: existing
};

/// Notes that a pipeline leaves this version alone. False: it was decided before.
bool decide_skip(Transitions& transitions, PipelineId pipeline, ItemVersion const& item, domain::Reason reason);

/// Notes the decision and queues the run that it asks for, which takes the place of runs of the item that have not
/// started yet: they become outdated. Those that a runner had already (`pulling`) are added to `stale`. False: decided
/// before, nothing is queued.
bool decide_run(Transitions& transitions, PipelineId pipeline, ItemVersion const& item, domain::Trigger trigger,
                std::chrono::milliseconds hold, std::vector<RunNo>& stale);

/// Queues a run for a version that the pipeline left alone, and notes that instead. Nullopt: a run has been decided on.
std::optional<RunNo> backfill_run(Transitions& transitions, PipelineId pipeline, ItemVersion const& item,
                                  std::vector<RunNo>& stale);

/// Ends the item's runs that have not started yet, of all pipelines, because it is proven gone.
void skip_runs_of_gone_item(Transitions& transitions, SourceId source, std::string const& key,
                            std::vector<RunNo>& stale);

/// The same content under a new fingerprint: runs that wait for the old one take the new one, so that they find what
/// they expect.
void refresh_waiting_inputs(sql::Connection& db, ItemVersion const& item, domain::Version const& before);

}  // namespace store
