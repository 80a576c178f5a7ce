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

namespace docker {

using boost::asio::awaitable;
using core::Result;

/// What GET /_ping and GET /version say. The API version used is min(ours, theirs).
struct EngineInfo {
  std::string api_version;     ///< negotiated, "1.41"
  std::string engine_version;  ///< "20.10.24"
  std::string os_arch;         ///< "linux/amd64"
};

struct Image {
  std::string id;  ///< "sha256:..."
  std::string
      digest;  ///< "repo@sha256:..." of the reference's repository; empty for an image that was never pulled or pushed
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
  std::vector<BindMount> mounts;  ///< sent as Mounts with BindOptions.NonRecursive
  std::string user;
  std::vector<std::string> group_add;
  std::string network_mode = "none";
  std::int64_t memory = 0;  ///< bytes; swap is set to the same, so no swap
  std::int64_t nano_cpus = 0;
  std::int64_t pids_limit = 0;
  std::chrono::seconds stop_timeout{10};
};
/// Sorted, without blanks. CapDrop ALL but DAC_OVERRIDE, no-new-privileges, restart policy no, AutoRemove false, log
/// driver `local`.
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
  virtual awaitable<Result<Image>> inspect_image(std::string reference) = 0;
  /// Runs to the end of the stream; an errorDetail record inside HTTP 200 is an error. Gives up after two minutes of
  /// silence.
  virtual awaitable<Result<void>> pull_image(std::string reference, ProgressSink progress) = 0;
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
};

}  // namespace docker
