#pragma once

#include <optional>

#include "docker/engine.hpp"
#include "domain/attempt_end.hpp"
#include "domain/init_protocol.hpp"
#include "domain/pipeline.hpp"

namespace orchestrator {

/// What an ended attempt shows: the init's record is the truth, Docker's own word only fills in what the record cannot
/// know.
struct Evidence {
  domain::InitRecord record;
  std::optional<docker::Container> container;  ///< nullopt: it is gone
  bool cancel_requested = false;
};

/// The end of an attempt, from its evidence alone. A start mark without an exit record is `interrupted`, never
/// `succeeded` (Docker's exit code can be wrong after an engine crash: container-runs.md section 0).
[[nodiscard]] domain::AttemptEnd judge(Evidence const& evidence);

/// retry_wait where the pipeline's `retries` allow another attempt after this end, else the end itself.
[[nodiscard]] domain::RunState state_after(domain::AttemptEnd const& end, domain::RetrySpec const& retries,
                                           std::int64_t attempts);

}  // namespace orchestrator
