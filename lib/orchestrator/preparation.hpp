#pragma once

#include <filesystem>

#include "domain/pipeline.hpp"
#include "orchestrator/active_run.hpp"
#include "orchestrator/images.hpp"
#include "orchestrator/prepared.hpp"
#include "orchestrator/services.hpp"
#include "store/runs.hpp"

namespace orchestrator {

/// From a claimed run (`pulling`) to a plan for the attempt's container. Touches no durable state but the attempt's
/// folder; may be repeated after a crash.
class Preparation {
 public:
  Preparation(Services& services, Images& images, Staging& staging, ActiveRun& control)
      : services_(services), images_(images), staging_(staging), control_(control) {}
  [[nodiscard]] awaitable<Prepared> prepare(store::RunRow const& run, domain::PipelineSpec const& pipeline,
                                            std::int64_t attempt);

 private:
  /// The image of the run's earlier attempts, as long as it can be had; else what the pipeline's reference means now.
  [[nodiscard]] awaitable<core::Result<docker::Image>> find_image(store::RunRow const& run,
                                                                  domain::PipelineSpec const& pipeline);
  [[nodiscard]] awaitable<LocatedInput> locate(store::RunRow const& run, domain::PipelineSpec const& pipeline,
                                               std::filesystem::path attempt_dir);

  Services& services_;
  Images& images_;
  Staging& staging_;
  ActiveRun& control_;
};

}  // namespace orchestrator
