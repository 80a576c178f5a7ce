#pragma once

#include <set>
#include <vector>

#include "core/time.hpp"
#include "orchestrator/admission.hpp"
#include "sql/connection.hpp"

namespace orchestrator {

/// `overlap: cancel`: `active` goes on, and `newer` waits with the same `serialize_by` value.
struct Overtaken {
  store::RunNo active, newer;
};

/// What waits in the queues and may be chosen: of as many pipelines as there is room for, those first whose turn it
/// is, and of each the head of its queue; of one that goes by `serialize_by` the first run of each value among the
/// first thousand. `open`: pipelines of which runs may start. `busy`: runs that have a runner. `buckets`: whether
/// objects are fetched ahead of a slot. The cost does not grow with the length of the queues. `overtaken` is added to.
[[nodiscard]] std::vector<Candidate> find_startable(sql::Connection& db, std::vector<store::PipelineId> open,
                                                    Room const& room, std::set<store::RunNo> const& busy, bool buckets,
                                                    core::Wall now, std::vector<Overtaken>* overtaken = nullptr);

}  // namespace orchestrator
