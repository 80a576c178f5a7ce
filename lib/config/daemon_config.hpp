#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/api_section.hpp"
#include "config/diagnostic.hpp"
#include "config/policy.hpp"
#include "config/registries.hpp"
#include "config/s3_connection.hpp"
#include "config/webhook.hpp"
#include "core/units.hpp"
#include "domain/retention.hpp"

namespace config {

enum class LogLevel : std::uint8_t { trace, debug, info, warning, error };
[[nodiscard]] std::string_view to_string(LogLevel level) noexcept;

/// engine.host and engine.tls of an engine on another host. The files are absolute paths or names of systemd
/// credentials.
struct RemoteEngine {
  std::string host;  ///< a name or a numeric address, without brackets
  std::uint16_t port = 2376;
  std::string ca, cert, key;
};

/// /etc/tidewheel/tidewheeld.yaml (DESIGN 6.5); the values here are the defaults. Every path is absolute and normal.
struct DaemonConfig {
  std::string instance;  ///< never empty after loading: the host name is the default; [A-Za-z0-9][A-Za-z0-9_.-]{0,62}
  std::string state_dir = "/var/lib/tidewheel";
  std::string pipelines_dir = "/etc/tidewheel/pipelines.d";

  /// A file for each secret that pipelines may use, where no systemd credential has its name.
  std::string secrets_dir = "/etc/tidewheel/secrets";

  std::string engine_socket = "/var/run/docker.sock";  ///< from engine.host

  /// engine.pull_silence: how long a pull may go on without a word of progress.
  std::chrono::milliseconds pull_silence = std::chrono::minutes(2);

  Registries registries;
  /// docker_config: Docker's config.json with logins for further registries: an absolute path, or the name of a systemd
  /// credential; empty: none.
  std::string docker_config;

  ApiConfig api;

  int runs = 4;    ///< limits.runs: runs with a container at one time
  int starts = 0;  ///< limits.starts: container starts at one time; never 0 after loading: cores + 1 is the default

  double limit_cpus = 0;          ///< limits.cpus: of all running containers together; 0: no limit
  std::int64_t limit_memory = 0;  ///< limits.memory: bytes, likewise
  int limit_gpus = 0;             ///< limits.gpus: likewise

  Policy policy;
  S3Connections s3;
  Webhooks webhooks;

  std::int64_t min_free = std::int64_t{5} << 30;  ///< storage.min_free: bytes that stay free on state_dir's file system
  core::PercentOrCount min_free_inodes{5, 0};     ///< storage.min_free_inodes
  domain::RetentionRules retention;
  int downloads = 8;  ///< staging.downloads: runs that fetch inputs, or have them and wait
  std::int64_t staging_max = std::int64_t{50} << 30;  ///< staging.max_bytes: of inputs fetched for live attempts
  LogLevel log_level = LogLevel::info;
  std::optional<RemoteEngine> remote_engine;  ///< engine.host is tcp://: in place of engine_socket

  [[nodiscard]] std::string database() const { return state_dir + "/tidewheel.db"; }
};

struct LoadedDaemonConfig {
  std::optional<DaemonConfig> config;  ///< only if there are no diagnostics
  std::vector<Diagnostic> diagnostics;
};

/// Reads the daemon's configuration; `file` is only a name for messages. Looks at the host for its name and its cores.
[[nodiscard]] LoadedDaemonConfig load_daemon_config(std::string_view text, std::string_view file);

/// What holds where there is no configuration file at all.
[[nodiscard]] DaemonConfig default_daemon_config();

}  // namespace config
