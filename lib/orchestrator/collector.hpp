#pragma once

#include <vector>

#include "archive/unpacker.hpp"
#include "domain/attempt_end.hpp"
#include "domain/pipeline.hpp"
#include "orchestrator/services.hpp"
#include "store/runs.hpp"

namespace orchestrator {

/// What an attempt left behind, safe on disk and ready to be published in one transaction.
struct Collected {
  std::vector<store::OutputRow> outputs;  ///< of a success only
  std::vector<store::ArtifactRow> artifacts;
  bool input_drifted = false;
};

/// Fetches `/out` from an ended container, unpacks it with caps into a folder of its own, fsyncs and renames it into
/// place, and reads the outputs. May turn a success into a failure: outputs that break the declaration, or a folder
/// over its limits.
class Collector {
 public:
  explicit Collector(Services& services) : services_(services) {}
  [[nodiscard]] awaitable<Collected> collect(store::RunRow const& run, store::AttemptRow const& attempt,
                                             domain::PipelineSpec const& pipeline, domain::AttemptEnd& end);

 private:
  /// /out of an ended container, unpacked into `temporary`; nothing where the container has no /out.
  [[nodiscard]] awaitable<core::Result<archive::Unpacked>> fetch_out(std::string container_id,
                                                                     std::filesystem::path temporary);

  Services& services_;
};

/// By the name's extension; application/octet-stream for what is not known.
[[nodiscard]] std::string_view media_type_of(std::string_view name);

}  // namespace orchestrator
