#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "domain/pipeline.hpp"

namespace config {

/// What pipelines may ask for (`policy:` of the daemon's configuration): nothing that is not listed; "*" opens a list.
/// The defaults here hold where the configuration has no `policy:` at all.
struct Policy {
  std::vector<std::string> images{"*"};       ///< globs over image references; `*` stays between two slashes
  std::vector<std::string> watch_paths{"*"};  ///< globs over absolute paths
  std::vector<std::string> volumes;           ///< the same, for `volumes:`; `policy.paths` sets both
  /// Globs over "bucket" or "bucket/prefix".
  std::vector<std::string> buckets{"*"};
  /// Names under `s3:` of the daemon's configuration; nullopt where there is none to ask, and every name will do.
  std::optional<std::vector<std::string>> connections;
  /// Under `webhooks:` of the daemon's configuration: by name, globs over the pipelines that may use it; nullopt where
  /// there is none to ask.
  std::optional<std::map<std::string, std::vector<std::string>>> webhooks;
  /// By name of a secret, globs over the pipelines that may use it.
  std::map<std::string, std::vector<std::string>> secrets;
  std::vector<std::string> networks{"none"};  ///< "*" opens all but `host`, the host's own: that one has to be named
  std::optional<std::int64_t> max_mem;        ///< bytes; nullopt: no bound
  std::optional<int> max_gpus;                ///< of a container; nullopt: no bound
  /// Never to be had, nor what lies above or below: "*" does not open these. The loader of the daemon's configuration
  /// adds its state directory, its sockets and its own files.
  std::vector<std::string> forbidden_paths{
      "/proc",       "/sys",      "/dev",      "/run/docker.sock", "/var/run/docker.sock", "/run/containerd",
      "/run/podman", "/run/crio", "/run/dbus", "/run/systemd",     "/var/lib/docker",      "/var/lib/containerd"};
};

struct PolicyViolation {
  std::string where;  ///< "image", "network_mode", "mem_limit", "watch[0].path", "watch[0].s3", "volumes[1]",
                      ///< "notify[0].webhook", "secrets[0]"
  std::string message;
  std::string hint;
};

/// Everything that `spec` asks for and may not have. Looks at texts only.
[[nodiscard]] std::vector<PolicyViolation> check_policy(domain::PipelineSpec const& spec, Policy const& policy);
/// What texts do not tell: watched folders and volumes that symbolic links lead to where the policy does not allow
/// them, and volumes that the daemon's user cannot follow. A path that is not there is neither. The engine follows
/// links once more when it mounts: whoever may change a folder above a path at that very moment is not held off.
/// Blocking.
[[nodiscard]] std::vector<PolicyViolation> check_policy_links(domain::PipelineSpec const& spec, Policy const& policy);
/// For a revision that may be older than the policy: the first thing that a run of it may not have now, if there is
/// one, links followed. Without secrets, connections and webhooks, which are asked for where they are read. Blocking.
[[nodiscard]] std::optional<PolicyViolation> run_violation(domain::PipelineSpec const& spec, Policy const& policy);

/// Empty if the normal path may be watched; else why not. The same for a volume's source.
[[nodiscard]] std::string watch_path_complaint(std::string const& path, Policy const& policy);
[[nodiscard]] std::string volume_complaint(std::string const& path, Policy const& policy);
/// Nothing if pipelines of this name may use the secret; else why not.
[[nodiscard]] std::optional<PolicyViolation> secret_violation(std::string const& secret, std::string const& pipeline,
                                                              Policy const& policy);
/// Empty if this prefix of this bucket may be watched; else why not.
[[nodiscard]] std::string bucket_complaint(domain::S3Watch const& watch, Policy const& policy);

}  // namespace config
