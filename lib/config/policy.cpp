#include "config/policy.hpp"

#include <algorithm>

#include "config/image_reference.hpp"
#include "config/paths.hpp"
#include "core/glob.hpp"
#include "core/units.hpp"
#include "domain/nearest.hpp"

namespace config {
namespace {

/// Whole-text match. core::Glob takes a pattern without '/' for the last segment of anything, so that "debian:*" would
/// let in "elsewhere.example/debian:12"; a leading '/' anchors it.
bool allowed(std::vector<std::string> const& patterns, std::string_view text) {
  while (text.starts_with('/')) text.remove_prefix(1);
  return std::ranges::any_of(patterns, [text](std::string const& pattern) {
    if (pattern == "*") return true;
    auto const glob = core::Glob::compile(pattern.starts_with('/') ? pattern : "/" + pattern);
    return glob && glob->matches(text);
  });
}

std::string list_of(std::vector<std::string> const& patterns) {
  std::string list;
  for (auto const& pattern : patterns) list += (list.empty() ? "" : ", ") + pattern;
  return list.empty() ? "nothing" : list;
}

std::string path_complaint(std::string const& path, std::vector<std::string> const& patterns, Policy const& policy) {
  auto const forbidden =
      std::ranges::find_if(policy.forbidden_paths, [&](auto const& other) { return overlaps(path, other); });
  if (forbidden != policy.forbidden_paths.end())
    return "'" + path + "' " +
           (*forbidden == path ? "can never be asked for"
                               : "overlaps with '" + *forbidden + "', which can never be asked for");
  if (!allowed(patterns, path)) return "the policy of this daemon does not allow '" + path + "'";
  return {};
}

std::string path_hint(std::vector<std::string> const& patterns) {
  return "policy.paths of tidewheeld.yaml allows: " + list_of(patterns);
}

std::string s3_text(domain::S3Watch const& watch) {
  return "s3://" + watch.bucket + "/" + watch.prefix;
}

std::optional<PolicyViolation> connection_violation(std::string const& name, Policy const& policy) {
  if (!policy.connections || std::ranges::find(*policy.connections, name) != policy.connections->end())
    return std::nullopt;
  auto const& known = *policy.connections;
  PolicyViolation violation;
  if (name.empty())
    violation.message = "say over which connection the bucket is reached";
  else
    violation.message = "there is no connection '" + name + "'";
  violation.hint = name.empty() ? std::string() : domain::did_you_mean(name, known);
  if (violation.hint.empty())
    violation.hint = known.empty() ? "tidewheeld.yaml has no `s3:` with connections in it"
                                   : "connections under `s3:` of tidewheeld.yaml: " + list_of(known);
  return violation;
}

void check_watch(domain::WatchSpec const& watch, std::size_t index, Policy const& policy,
                 std::vector<PolicyViolation>& found) {
  auto const place = "watch[" + std::to_string(index) + "].";
  if (!watch.s3) {
    if (auto complaint = watch_path_complaint(watch.path, policy); !complaint.empty())
      found.push_back({place + "path", std::move(complaint), path_hint(policy.watch_paths)});
    return;
  }
  if (auto violation = connection_violation(watch.s3->connection, policy)) {
    violation->where = place + "connection";
    found.push_back(std::move(*violation));
  }
  if (auto complaint = bucket_complaint(*watch.s3, policy); !complaint.empty())
    found.push_back(
        {place + "s3", std::move(complaint), "policy.buckets of tidewheeld.yaml allows: " + list_of(policy.buckets)});
}

void check_notify(domain::PipelineSpec const& spec, std::size_t index, Policy const& policy,
                  std::vector<PolicyViolation>& found) {
  auto const& name = spec.notify[index].webhook;
  auto const hook = policy.webhooks->find(name);
  PolicyViolation violation{"notify[" + std::to_string(index) + "].webhook", {}, {}};
  if (hook == policy.webhooks->end()) {
    std::vector<std::string> names;
    for (auto const& entry : *policy.webhooks) names.push_back(entry.first);
    violation.message = "there is no webhook '" + name + "'";
    violation.hint = domain::did_you_mean(name, names);
    if (violation.hint.empty())
      violation.hint = names.empty() ? "tidewheeld.yaml has no `webhooks:`"
                                     : "under `webhooks:` of tidewheeld.yaml: " + list_of(names);
  } else if (!allowed(hook->second, spec.name)) {
    violation.message = "the webhook '" + name + "' is not for this pipeline";
    violation.hint = "webhooks." + name + ".pipelines of tidewheeld.yaml allows: " + list_of(hook->second);
  } else {
    return;
  }
  found.push_back(std::move(violation));
}

}  // namespace

std::string bucket_complaint(domain::S3Watch const& watch, Policy const& policy) {
  auto whole = watch.bucket + "/" + watch.prefix;
  whole.pop_back();  // the slash behind the bucket or at the prefix's end
  if (allowed(policy.buckets, watch.bucket) || allowed(policy.buckets, whole)) return {};
  return "the policy of this daemon does not allow '" + s3_text(watch) + "'";
}

std::string watch_path_complaint(std::string const& path, Policy const& policy) {
  return path_complaint(path, policy.watch_paths, policy);
}

std::string volume_complaint(std::string const& path, Policy const& policy) {
  return path_complaint(path, policy.volumes, policy);
}

std::optional<PolicyViolation> secret_violation(std::string const& secret, std::string const& pipeline,
                                                Policy const& policy) {
  auto const known = policy.secrets.find(secret);
  if (known != policy.secrets.end() && allowed(known->second, pipeline)) return std::nullopt;
  PolicyViolation violation{"secrets", "the policy of this daemon does not allow the secret '" + secret + "'", {}};
  if (known != policy.secrets.end()) {
    violation.message += " for this pipeline";
    violation.hint = "policy.secrets." + secret + " of tidewheeld.yaml allows: " + list_of(known->second);
    return violation;
  }
  std::vector<std::string> names;
  for (auto const& entry : policy.secrets) names.push_back(entry.first);
  violation.hint = domain::did_you_mean(secret, names);
  if (violation.hint.empty()) violation.hint = "policy.secrets of tidewheeld.yaml has: " + list_of(names);
  return violation;
}

std::vector<PolicyViolation> check_policy(domain::PipelineSpec const& spec, Policy const& policy) {
  std::vector<PolicyViolation> found;
  if (!allowed(policy.images, spec.image) && !allowed(policy.images, full_image(spec.image)))
    found.push_back({"image", "the policy of this daemon does not allow the image '" + spec.image + "'",
                     "policy.images of tidewheeld.yaml allows: " + list_of(policy.images)});
  for (std::size_t i = 0; i < spec.watch.size(); ++i) check_watch(spec.watch[i], i, policy, found);
  for (std::size_t i = 0; i < spec.volumes.size(); ++i)
    if (auto complaint = volume_complaint(spec.volumes[i].source, policy); !complaint.empty())
      found.push_back({"volumes[" + std::to_string(i) + "]", std::move(complaint), path_hint(policy.volumes)});
  for (std::size_t i = 0; i < spec.secrets.size(); ++i) {
    auto violation = secret_violation(spec.secrets[i], spec.name, policy);
    if (!violation) continue;
    violation->where = "secrets[" + std::to_string(i) + "]";
    found.push_back(std::move(*violation));
  }
  if (policy.webhooks)
    for (std::size_t i = 0; i < spec.notify.size(); ++i) check_notify(spec, i, policy, found);
  bool const is_host = spec.network_mode == "host";
  if (is_host ? std::ranges::find(policy.networks, "host") == policy.networks.end()
              : !allowed(policy.networks, spec.network_mode))
    found.push_back({"network_mode", "the policy of this daemon does not allow the network '" + spec.network_mode + "'",
                     "policy.networks of tidewheeld.yaml allows: " + list_of(policy.networks) +
                         (is_host ? " (the host's own only where it is named)" : "")});
  if (policy.max_mem && spec.mem_limit > *policy.max_mem)
    found.push_back({"mem_limit",
                     "the policy of this daemon allows at most " + core::format_bytes(*policy.max_mem) +
                         " of memory, not " + core::format_bytes(spec.mem_limit),
                     "set mem_limit to less"});
  auto const gpus = spec.gpus.devices.empty() ? spec.gpus.count : static_cast<int>(spec.gpus.devices.size());
  if (policy.max_gpus && (gpus < 0 || gpus > *policy.max_gpus))
    found.push_back({"gpus",
                     *policy.max_gpus == 0
                         ? "the policy of this daemon allows no GPUs"
                         : "the policy of this daemon allows at most " + std::to_string(*policy.max_gpus) +
                               " GPUs for a container, not " + (gpus < 0 ? "all" : std::to_string(gpus)),
                     "policy.max_gpus of tidewheeld.yaml says how many a pipeline may ask for"});
  return found;
}

}  // namespace config
