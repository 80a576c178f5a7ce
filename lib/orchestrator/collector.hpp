#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
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

/// Takes `/out` of an ended container, from the bundle that the init has packed or else through the engine (75 ms of
/// dockerd's), unpacks it with caps into a folder of its own, fsyncs and renames it into place, and reads the outputs.
/// May turn a success into a failure: outputs that break the declaration, or a folder over its limits.
class Collector {
 public:
  explicit Collector(Services& services) : services_(services) {}
  /// `bundle_size`: as the record's seal says; nullopt: there is no whole bundle.
  [[nodiscard]] awaitable<Collected> collect(store::RunRow const& run, store::AttemptRow const& attempt,
                                             domain::PipelineSpec const& pipeline,
                                             std::optional<std::int64_t> bundle_size, domain::AttemptEnd& end);

 private:
  /// /out in `folder`/out: from the bundle, or where there is none that is whole, from the engine.
  [[nodiscard]] awaitable<core::Result<archive::Unpacked>> fetch(std::string const& container_id,
                                                                 std::optional<std::int64_t> bundle_size,
                                                                 std::filesystem::path folder, archive::Limits limits);
  static awaitable<void> pause(std::string const& run_id, int tries, core::Error const& error);
  /// /out of an ended container, unpacked into `temporary`; nothing where the container has no /out.
  [[nodiscard]] awaitable<core::Result<archive::Unpacked>> fetch_out(std::string container_id,
                                                                     std::filesystem::path temporary,
                                                                     archive::Limits limits);
  /// The same from the bundle. Errc::corrupt: it is not what the seal says, ask the engine.
  [[nodiscard]] awaitable<core::Result<archive::Unpacked>> open_bundle(std::filesystem::path bundle, std::int64_t size,
                                                                       std::filesystem::path temporary,
                                                                       archive::Limits limits);

  Services& services_;
};

/// By the name's extension; application/octet-stream for what is not known.
[[nodiscard]] std::string_view media_type_of(std::string_view name);

}  // namespace orchestrator
