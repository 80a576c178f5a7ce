#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "docker/engine.hpp"
#include "domain/pipeline.hpp"
#include "domain/run_param.hpp"
#include "domain/template.hpp"

namespace orchestrator {

/// Paths inside a container.
inline constexpr char const* init_path = "/.tidewheel/init";
inline constexpr char const* out_path = "/out";
inline constexpr char const* url_path = "/.tidewheel/input-url";

/// The run's input as the container will see it.
struct MountedInput {
  std::filesystem::path host_path;  ///< what is bound: the file, its folder, the source's root, or the file with a URL
  std::string mount_target;         ///< "/in/a.csv" or "/in"
  std::string path;                 ///< ${input.path}: raw bytes; empty where there is a URL instead
  std::string url_file;             ///< ${input.url_file}; empty where there is a file
  std::string key, uri, sha256, etag;
  std::int64_t size = 0;
};

/// One thing that a container of an engine on another host is given by archive before its start.
struct UploadMember {
  std::string target;  ///< in the container, relative to /; raw bytes
  std::string source;  ///< a regular file of this host; empty for a folder
  unsigned mode = 0644;
};

struct PlanRequest {
  std::string instance, run_id;
  std::int64_t attempt = 1;
  domain::PipelineSpec const& pipeline;
  docker::Image const& image;
  std::optional<MountedInput> input;
  std::vector<domain::RunParam> params;
  std::filesystem::path attempt_dir;  ///< holds command, record, params.json, outputs
  std::filesystem::path init_binary;
  std::filesystem::path hosts_file;
  std::string log_driver = "local";  ///< the engine's
  bool remote = false;               ///< the engine is on another host: nothing of this one can be bound
};

/// Everything that one attempt's container is made from; a pure function of the request.
struct ContainerPlan {
  std::string name;
  std::string body;          ///< POST /containers/create
  std::string body_sha256;   ///< of the body without its own label; also the label's value
  std::string command_file;  ///< bytes for the init: argv, environment, timeout; empty where there is none
  std::string params_json;
  std::vector<UploadMember> uploads;  ///< empty where files are bound
  bool open_out = false;  ///< nobody in it makes /out: it has to be put there with mode 0777 before the start
};

/// Errc::invalid: nothing to run (no command, no entrypoint), or what Docker's JSON cannot carry where there is no
/// init; Errc::too_large: an argument over the kernel's 128 KiB, or all of them over what is let through.
[[nodiscard]] core::Result<ContainerPlan> plan_container(PlanRequest const& request);

/// What the names in templates stand for; `image` and the paths of the host do not matter.
[[nodiscard]] domain::TemplateValues template_values(PlanRequest const& request);

/// "tidewheel-<instance8>-<run id>-a<n>": a function of run and attempt, so a repeated create meets itself.
[[nodiscard]] std::string container_name(std::string const& instance, std::string const& run_id, std::int64_t attempt);

namespace label {
inline constexpr char const* instance = "io.tidewheel.instance";
inline constexpr char const* run_id = "io.tidewheel.run-id";
inline constexpr char const* attempt = "io.tidewheel.attempt";
inline constexpr char const* pipeline = "io.tidewheel.pipeline";
inline constexpr char const* spec = "io.tidewheel.spec";
}  // namespace label

}  // namespace orchestrator
