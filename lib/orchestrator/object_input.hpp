#pragma once

#include <filesystem>
#include <optional>

#include "domain/pipeline.hpp"
#include "orchestrator/active_run.hpp"
#include "orchestrator/prepared.hpp"
#include "orchestrator/services.hpp"
#include "store/runs.hpp"

namespace inputs {
struct Fetched;
}
namespace s3 {
class Client;
}

namespace orchestrator {

/// The input of one attempt from a bucket: a copy of it, within the bounds of Staging, or a presigned URL of it, as the
/// pipeline wants it. One object an attempt.
class ObjectInput {
 public:
  ObjectInput(Services& services, Staging& staging, ActiveRun& control, domain::PipelineSpec const& pipeline,
              store::RunInput const& input, std::filesystem::path attempt_dir)
      : services_(services),
        staging_(staging),
        control_(control),
        pipeline_(pipeline),
        input_(input),
        attempt_dir_(std::move(attempt_dir)) {}

  /// `any_version`: what a person asked for takes the object as it is now.
  [[nodiscard]] awaitable<LocatedInput> locate(bool any_version);

 private:
  [[nodiscard]] awaitable<LocatedInput> take(s3::Client& client, domain::Version expected);
  [[nodiscard]] awaitable<LocatedInput> fetch(s3::Client& client, domain::Version expected);
  [[nodiscard]] awaitable<LocatedInput> presign(s3::Client& client, domain::Version expected);
  /// Makes the attempt's folder if the disk has room for a download of so many bytes beside those under way.
  [[nodiscard]] awaitable<std::optional<Waits>> make_room(std::int64_t bytes);
  void note(LocatedInput& located, inputs::Fetched const& fetched) const;

  Services& services_;
  Staging& staging_;
  ActiveRun& control_;
  domain::PipelineSpec const& pipeline_;
  store::RunInput const& input_;
  std::filesystem::path attempt_dir_;
};

/// Whether the object of an attempt that was given its URL is another one now. False for a pinned version, which stays
/// what it was, and nullopt where it cannot be told within a few seconds.
[[nodiscard]] awaitable<std::optional<bool>> object_drifted(Services& services, store::RunInput const& input);

}  // namespace orchestrator
