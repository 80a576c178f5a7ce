#pragma once

#include <functional>
#include <optional>
#include <string>

#include "domain/params.hpp"
#include "domain/source_root.hpp"
#include "orchestrator/registry.hpp"
#include "orchestrator/scheduler.hpp"
#include "orchestrator/services.hpp"
#include "store/idempotency.hpp"
#include "store/pipelines.hpp"
#include "store/runs.hpp"

namespace orchestrator {

/// What people ask for by hand: run, cancel, retry, rerun. Each is one transaction and then a wake-up. Loop thread
/// only.
class Actions {
 public:
  Actions(Services& services, Registry& registry, Scheduler& scheduler)
      : services_(services), registry_(registry), scheduler_(scheduler) {}

  struct RunRequest {
    std::string pipeline;
    /// Absolute path (bytes) of a file below one of the pipeline's watch paths, or s3://bucket/key below one of its
    /// prefixes (the key as it is; percent-encoded where there is none of that name); empty for none.
    std::string input;
    domain::ParamOverrides params;
    std::optional<store::OnceOnly> once;  ///< the same request again is answered with the run that the first one made
  };
  /// not_found: no such pipeline or file; invalid: parameters, an input outside the pipeline's paths, or another
  /// request under the same key.
  [[nodiscard]] awaitable<core::Result<store::RunRef>> run(RunRequest request);
  /// The state after it: `cancelled` at once for a run that waits, else the state that the runner will end.
  [[nodiscard]] awaitable<core::Result<domain::RunState>> cancel(std::string run);
  /// A new run on the same input with the same parameters: `retry` keeps the revision, `rerun` takes the current one.
  [[nodiscard]] awaitable<core::Result<store::RunRef>> repeat(std::string run, domain::Trigger how);
  /// Nothing of the pipeline starts any more, or it does again; `by` names who asked. not_found.
  [[nodiscard]] awaitable<core::Result<void>> pause(std::string pipeline, std::string by);
  /// conflict: all are paused.
  [[nodiscard]] awaitable<core::Result<void>> resume(std::string pipeline);
  /// The same for all of them, those that come later too.
  [[nodiscard]] awaitable<void> pause_all(std::string by);
  [[nodiscard]] awaitable<void> resume_all();

 private:
  using Change = std::function<void(sql::Connection&, store::PipelineId)>;
  [[nodiscard]] awaitable<core::Result<void>> change(std::string pipeline, Change change);
  [[nodiscard]] awaitable<core::Result<store::RunInput>> locate(domain::PipelineSpec const& pipeline, std::string path);
  [[nodiscard]] awaitable<core::Result<store::RunInput>> locate_object(domain::PipelineSpec const& pipeline,
                                                                       domain::S3Address address);
  [[nodiscard]] static core::Error not_below(domain::PipelineSpec const& pipeline, std::string const& input);

  Services& services_;
  Registry& registry_;
  Scheduler& scheduler_;
};

}  // namespace orchestrator
