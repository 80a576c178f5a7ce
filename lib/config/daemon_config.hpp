#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/api_section.hpp"
#include "config/diagnostic.hpp"
#include "config/policy.hpp"
#include "config/s3_connection.hpp"
#include "config/webhook.hpp"

namespace config {

enum class LogLevel : std::uint8_t { trace, debug, info, warning, error };
[[nodiscard]] std::string_view to_string(LogLevel level) noexcept;

/// /etc/tidewheel/tidewheeld.yaml (DESIGN 6.5); the values here are the defaults. Every path is absolute and normal.
struct DaemonConfig {
  std::string instance;  ///< never empty after loading: the host name is the default; [A-Za-z0-9][A-Za-z0-9_.-]{0,62}
  std::string state_dir = "/var/lib/tidewheel";
  std::string pipelines_dir = "/etc/tidewheel/pipelines.d";

  std::string engine_socket = "/var/run/docker.sock";  ///< from engine.host, unix:// only

  ApiConfig api;

  int runs = 4;    ///< limits.runs: runs with a container at one time
  int starts = 0;  ///< limits.starts: container starts at one time; never 0 after loading: cores + 1 is the default

  Policy policy;
  S3Connections s3;
  Webhooks webhooks;

  std::int64_t min_free = std::int64_t{5} << 30;  ///< storage.min_free: bytes that stay free on state_dir's file system
  int downloads = 8;                              ///< staging.downloads: runs that fetch inputs, or have them and wait
  std::int64_t staging_max = std::int64_t{50} << 30;  ///< staging.max_bytes: of inputs fetched for live attempts
  LogLevel log_level = LogLevel::info;

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
