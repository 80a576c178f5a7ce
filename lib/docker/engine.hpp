#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "docker/generation.hpp"
#include "docker/registry_login.hpp"

namespace docker {

using boost::asio::awaitable;
using core::Result;

/// What GET /_ping and GET /version say. The API version used is min(ours, theirs).
struct EngineInfo {
  std::string api_version;           ///< negotiated, "1.41"
  std::string engine_version;        ///< "20.10.24"
  std::string os_arch;               ///< "linux/amd64"
  std::string log_driver = "local";  ///< the one of its drivers that keeps every byte; podman's is "k8s-file"
};

struct Image {
  std::string id;  ///< "sha256:..."
  std::string
      digest;  ///< "repo@sha256:..." of the reference's repository; empty for an image that was never pulled or pushed
  std::vector<std::string> tags;  ///< "repo:tag": all names that it has on this engine
  std::vector<std::string> entrypoint, command;
  std::string user;  ///< Config.User, may be empty
  std::string working_dir;
  std::vector<std::string> environment;  ///< "NAME=value"
  std::string architecture;              ///< "amd64"
};

/// One progress record of a pull: "Downloading" of one layer, or a message.
struct PullProgress {
  std::string status, layer;
  std::int64_t current = 0, total = 0;
};

struct BindMount {
  std::string source, target;
  bool read_only = true;
};

/// Body of POST /containers/create in our words; to_json() is canonical, so its SHA-256 identifies the specification.
struct ContainerSpec {
  std::string image;  ///< "sha256:..." or "repo@sha256:..."
  std::vector<std::string> entrypoint, command;
  std::vector<std::string> environment;
  std::map<std::string, std::string> labels;
  std::vector<BindMount> mounts;     ///< sent as Mounts with BindOptions.NonRecursive
  std::vector<std::string> volumes;  ///< anonymous ones, by their targets; they go with the container
  std::string user;
  std::vector<std::string> group_add;
  std::string network_mode = "none";
  std::int64_t memory = 0;  ///< bytes; swap is set to the same, so no swap
  std::int64_t nano_cpus = 0;
  int gpus = 0;                          ///< so many, whichever are there; -1: all; 0: none, or those of gpu_devices
  std::vector<std::string> gpu_devices;  ///< ids
  std::int64_t pids_limit = 0;
  std::string log_driver = "local";
  std::int64_t log_size = 0;  ///< bytes of its log that the engine keeps at least, the newest ones; 0: its own default
  std::chrono::seconds stop_timeout{10};
};
/// Sorted, without blanks. CapDrop ALL but DAC_OVERRIDE, no-new-privileges, restart policy no, AutoRemove false.
[[nodiscard]] std::string to_json(ContainerSpec const& spec);

/// GET /containers/{id}/json, as far as a run needs it.
struct Container {
  std::string id, name, image_id;
  std::map<std::string, std::string> labels;
  std::string status;  ///< created running paused restarting removing exited dead
  int exit_code = 0;
  bool oom_killed = false;
  std::string error;
  std::string started_at, finished_at;  ///< RFC 3339 with ns, "0001-..." when never
};

struct ContainerSummary {
  std::string id, name, state;
  std::map<std::string, std::string> labels;
};

enum class Stream : std::uint8_t { standard_output = 1, standard_error = 2 };
/// One log frame. `text` is what the container wrote, without Docker's timestamp.
struct LogFrame {
  Stream stream;
  std::string timestamp;  ///< RFC 3339 with ns
  std::string text;
};

/// What an engine remembers of one container: the last 256 events of all its containers, none from before its own
/// start.
struct ContainerHistory {
  int starts = 0, kills = 0, deaths = 0;
};

/// A tar that is made while it is sent: `next` gives at least one byte of it and at most as many as it is asked for.
struct TarSource {
  std::uint64_t size = 0;  ///< bytes in all
  std::function<awaitable<Result<std::string>>(std::size_t most)> next;
};

/// A Docker Engine, or something that behaves like one. All calls run on the loop thread; each has its own deadline
/// inside. Errors: not_found (404), conflict (409), invalid (400), unavailable (no connection, 5xx that may pass),
/// timeout (the outcome is unknown), permission (socket), protocol. Callbacks run on the loop thread and must not
/// block; a callback that is a coroutine gives back-pressure.
class Engine {
 public:
  using ProgressSink = std::function<void(PullProgress const&)>;
  using FrameSink = std::function<awaitable<void>(std::vector<LogFrame>)>;
  using ByteSink = std::function<awaitable<Result<void>>(std::string_view)>;

  virtual ~Engine() = default;
  virtual awaitable<Result<EngineInfo>> ping() = 0;
  /// What ping() said last; asks only where a connection was lost since.
  virtual awaitable<Result<EngineInfo>> info() = 0;
  /// What the kernel tells of the process behind the socket, without a request; nullopt: nothing, or nobody is there.
  /// Blocking, on any thread.
  virtual std::optional<Generation> local_generation() { return std::nullopt; }
  /// Which life of the engine answers now: the best that can be had of it (see generation.hpp).
  virtual awaitable<Result<Generation>> generation() = 0;
  /// Up to its death at `finished` (the engine's clock, as inspect says it) or later; where the engine has forgotten
  /// that, what there is.
  virtual awaitable<Result<ContainerHistory>> history(std::string id, core::Wall finished) = 0;
  virtual awaitable<Result<Image>> inspect_image(std::string reference) = 0;
  /// By a reference, which goes; the image goes with its last one. conflict: a container needs it. 404 is success.
  virtual awaitable<Result<void>> remove_image(std::string reference) = 0;
  /// Runs to the end of the stream; an errorDetail record inside HTTP 200 is an error. Gives up after a long silence
  /// (timeout). An empty login: as anybody. The errors are pull_error()'s, about `reference`, or those of the
  /// connection.
  virtual awaitable<Result<void>> pull_image(std::string reference, RegistryLogin login, ProgressSink progress) = 0;
  /// `body` is to_json(spec). Returns the id. conflict when the name is taken.
  virtual awaitable<Result<std::string>> create(std::string name, std::string body) = 0;
  /// Only ever sent to a container that is `created`: on an exited one Docker would run it again.
  virtual awaitable<Result<void>> start(std::string id) = 0;
  /// Returns when the container is not running (or at once if it never was): a wake-up, never a result.
  virtual awaitable<Result<void>> wait(std::string id) = 0;
  virtual awaitable<Result<Container>> inspect(std::string id_or_name) = 0;
  virtual awaitable<Result<std::vector<ContainerSummary>>> list(std::string label) = 0;  ///< "key=value"; all states
  virtual awaitable<Result<void>> stop(std::string id, std::chrono::seconds grace) = 0;
  virtual awaitable<Result<void>> kill(std::string id, std::string signal) = 0;
  virtual awaitable<Result<void>> remove(std::string id,
                                         bool force) = 0;  ///< with its anonymous volumes; 404 is success
  /// Stored log from the first line, and with `follow` until the container ends. Frames come in batches.
  virtual awaitable<Result<void>> logs(std::string id, bool follow, FrameSink sink) = 0;
  /// GET /archive: a tar stream. not_found when the path is not there.
  virtual awaitable<Result<void>> get_archive(std::string id, std::string path, ByteSink sink) = 0;
  /// PUT /archive: `tar` is unpacked at `path`.
  virtual awaitable<Result<void>> put_archive(std::string id, std::string path, std::string tar) = 0;
  /// The same for one that may be larger than memory. Ends after a long silence; an error of the source is the call's.
  virtual awaitable<Result<void>> put_archive_stream(std::string id, std::string path, TarSource tar) = 0;
};

}  // namespace docker
