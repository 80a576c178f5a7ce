#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>

#include "domain/pipeline.hpp"
#include "domain/source_root.hpp"
#include "orchestrator/container_plan.hpp"
#include "orchestrator/images.hpp"
#include "orchestrator/services.hpp"
#include "store/runs.hpp"

namespace s3 {
class Client;
}

namespace orchestrator {

/// The run can start: its image is here, its input is the version that its row names, its files are laid out.
struct Ready {
  ContainerPlan plan;
  docker::Image image;
  std::vector<domain::RunParam> params;
  std::optional<domain::ContentHash> input_hash;
  domain::Version input_version;  ///< that the hash belongs to
};
/// It waits and is tried again; with `whole_pipeline` the fault is one of the image, the registry or the engine.
struct Waits {
  domain::Reason reason = domain::Reason::none;
  std::string detail;
  bool whole_pipeline = false;
};
/// It ends without a container.
struct Ends {
  domain::RunState state = domain::RunState::failed;
  domain::Reason reason = domain::Reason::none;
  std::string detail;
};
using Prepared = std::variant<Ready, Waits, Ends>;

/// From a claimed run (`pulling`) to a plan for the attempt's container. Touches no durable state but the attempt's
/// folder; may be repeated after a crash.
class Preparation {
 public:
  Preparation(Services& services, Images& images) : services_(services), images_(images) {}
  [[nodiscard]] awaitable<Prepared> prepare(store::RunRow const& run, domain::PipelineSpec const& pipeline,
                                            std::int64_t attempt);

 private:
  /// Where the run's input lies, verified, hashed and mountable; or why there is none.
  struct Located;
  [[nodiscard]] awaitable<Located> locate(store::RunRow const& run, domain::PipelineSpec const& pipeline,
                                          std::filesystem::path attempt_dir);
  [[nodiscard]] awaitable<Located> locate_object(store::RunInput const& input, domain::S3Root const& where,
                                                 bool any_version, std::filesystem::path attempt_dir);
  [[nodiscard]] awaitable<Located> fetch(store::RunInput const& input, s3::Client& client, domain::Version expected,
                                         std::filesystem::path attempt_dir);

  Services& services_;
  Images& images_;
};

}  // namespace orchestrator
