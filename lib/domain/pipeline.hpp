#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.hpp"
#include "domain/expectation.hpp"
#include "domain/notify.hpp"
#include "domain/value.hpp"

namespace domain {

/// What happens to files that were there before the pipeline was.
struct Existing {
  enum class Kind : std::uint8_t { skip, run, since };
  Kind kind = Kind::skip;
  core::Wall since{};  ///< Kind::since: files modified at or after this run
};

enum class Mount : std::uint8_t { file, folder, source };
enum class PullPolicy : std::uint8_t { always, missing, never };

/// A bucket, or what lies below a prefix in it.
struct S3Watch {
  std::string connection;  ///< its name under `s3:` of the daemon's configuration
  std::string bucket;
  std::string prefix;  ///< bytes; empty, or ending in '/'
  std::chrono::milliseconds every{30'000};
  std::chrono::milliseconds full_every{3'600'000};  ///< everything is listed so often at least
  bool append = false;  ///< keys only grow: their end is looked at `every`, everything is listed `full_every`
  bool fetch = true;    ///< false: a run gets a presigned URL in place of the object's bytes
};

/// Whether a run gets a file of its own with the input's bytes.
enum class Snapshot : std::uint8_t {
  none,      ///< the file itself, as it lies there
  copy,      ///< its bytes
  reflink,   ///< its blocks, copied when somebody writes to them: where the file system can do that
  hardlink,  ///< its inode: what is replaced stays as it was, what is written in place does not
};

struct WatchSpec {
  std::string path;  ///< absolute, no trailing slash; empty where `s3` is set
  std::optional<S3Watch> s3;
  std::vector<std::string> files;  ///< globs over keys; default {"**"}
  std::vector<std::string> ignore;
  bool on_created = true;
  bool on_modified = true;
  Existing existing;
  std::chrono::milliseconds settle{2000};
  Mount mount = Mount::file;
  Snapshot snapshot = Snapshot::none;
  bool skip_same_content = true;
};

struct ParamSpec {
  std::string name;
  ValueType type = ValueType::string;
  Value default_value;  ///< monostate: the run must give one
  std::optional<double> min, max;
  std::vector<Value> choices;  ///< `enum:`; empty means any
  std::string help;
};

struct OutputSpec {
  std::string name;
  ValueType type = ValueType::real;
  std::string unit, help;
  bool required = true;
  std::optional<double> alert_above, alert_below;
};

enum class ArtifactRole : std::uint8_t { report, plot, table, summary, file };
struct ArtifactSpec {
  std::string name;  ///< path below /out
  ArtifactRole role = ArtifactRole::file;
  std::string title;
  bool required = false;
  bool scripts = true;  ///< of a document: may they run, in its sandbox
};

/// Which ends of an attempt are tried again.
struct RetrySpec {
  int max = 2;
  std::chrono::milliseconds backoff{30'000};
  std::vector<int> exit_codes{75};
  bool interrupted = true;
  bool oom = false;      ///< the kernel killed it, or a process of it that it could not do without, for its memory
  bool timeout = false;  ///< it ran longer than the pipeline's `timeout`
};

/// What happens to a run that goes on when newer data of its `serialize_by` value comes.
enum class Overlap : std::uint8_t {
  queue,   ///< the new one waits for its end
  cancel,  ///< it is cancelled
};

struct VolumeSpec {
  std::string source, target;  ///< both absolute; always read-only
};

/// Where a container finds its secrets, one file each.
inline constexpr std::string_view secrets_folder = "/run/secrets";
/// [a-z][a-z0-9_]*, at most 63.
[[nodiscard]] bool is_secret_name(std::string_view text) noexcept;

/// GPUs that each container is given.
struct GpuSpec {
  int count = 0;                     ///< any so many; -1: all of the host's
  std::vector<std::string> devices;  ///< or these, by the ids of the engine's driver
};

/// One revision of a pipeline, resolved: every default filled in. Runs execute from this, never from the YAML.
struct PipelineSpec {
  std::string name, title, description, owner;
  std::vector<std::string> tags;
  bool enabled = true;
  std::vector<WatchSpec> watch;
  std::string image;
  std::optional<std::vector<std::string>> entrypoint;  ///< nullopt: the image's own
  bool init = true;  ///< false: PID 1 is the command itself, and nobody keeps a record
  PullPolicy pull_policy = PullPolicy::missing;
  std::vector<std::string> command;  ///< templates; empty: the image's CMD
  std::map<std::string, std::string> environment;
  std::vector<VolumeSpec> volumes;
  std::vector<std::string> secrets;                ///< names; each is a file below secrets_folder
  std::int64_t mem_limit = std::int64_t{2} << 30;  ///< bytes, memory and swap together
  double cpus = 0;                                 ///< 0: no limit
  GpuSpec gpus;
  std::int64_t pids_limit = 512;
  std::string user;  ///< empty: the image's own
  std::vector<std::string> group_add;
  std::string network_mode = "none";
  std::chrono::milliseconds timeout{0};  ///< 0: none
  std::chrono::milliseconds stop_grace_period{10'000};
  RetrySpec retries;
  int max_running = 4;
  int priority = 0;          ///< -100 to 100: higher ones start first
  std::string serialize_by;  ///< template (see Serializer): runs with the same value go one after another; empty: none
  Overlap overlap = Overlap::queue;
  std::int64_t out_limit = std::int64_t{10} << 30;   ///< bytes that a run may leave in /out
  std::int64_t log_limit = std::int64_t{100} << 20;  ///< bytes of an attempt's log; of a longer one head and tail stay
  std::vector<ParamSpec> params;
  std::vector<OutputSpec> outputs;
  std::vector<ArtifactSpec> artifacts;
  std::optional<ExpectSpec> expect;
  std::vector<NotifySpec> notify;
};

/// Runs get a presigned URL in place of a file (`fetch: false`, which holds for all watches of a pipeline or for none).
[[nodiscard]] bool gets_url(PipelineSpec const& pipeline) noexcept;

[[nodiscard]] std::string_view to_string(Mount mount) noexcept;
[[nodiscard]] std::string_view to_string(PullPolicy policy) noexcept;
[[nodiscard]] std::string_view to_string(Overlap overlap) noexcept;
[[nodiscard]] std::string_view to_string(Snapshot snapshot) noexcept;
[[nodiscard]] std::string_view to_string(ArtifactRole role) noexcept;

/// What a file in /out is when the YAML does not say: *.html a report, images plots, *.csv and *.tsv tables, summary.md
/// the summary.
[[nodiscard]] ArtifactRole role_of(std::string_view file_name) noexcept;

/// "sensor-qc" -> "v1_p_sensor_qc".
[[nodiscard]] std::string view_name(std::string_view pipeline);

}  // namespace domain
