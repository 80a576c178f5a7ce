#include <filesystem>
#include <optional>
#include <system_error>

#include "config/policy.hpp"

namespace config {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view special = "*?[{\\";

/// Where a path leads with all links followed; what is not there yet stands as it is written.
std::string led_to(std::string const& path, std::error_code& error) {
  return fs::weakly_canonical(path, error).lexically_normal().string();
}

/// Of "/srv/data/**", where /srv/data is a link, what lies behind it is meant too: the owner of the policy wrote it.
void follow(std::vector<std::string>& patterns) {
  for (std::size_t i = 0, count = patterns.size(); i < count; ++i) {
    auto const pattern = patterns[i];
    auto const sign = pattern.find_first_of(special);
    auto const folder = pattern.substr(0, sign == std::string::npos ? sign : pattern.rfind('/', sign));
    if (!folder.starts_with('/')) continue;
    std::error_code error;
    auto const target = led_to(folder, error);
    if (error || target == folder || target.find_first_of(special) != std::string::npos) continue;
    patterns.push_back(target + pattern.substr(folder.size()));
  }
}

class LinkCheck {
 public:
  explicit LinkCheck(Policy const& policy) : policy_(policy) {}

  void volume(std::string where, std::string const& path) {
    std::error_code error;
    auto const target = led_to(path, error);
    if (error)  // the engine may go where this user may not
      found.push_back({std::move(where), "nobody can tell where '" + path + "' leads: " + error.message(),
                       "the daemon's user needs search permission (x) on every folder above it"});
    else
      compare(std::move(where), path, target, volume_complaint);
  }
  void watched(std::string where, std::string const& path) {
    std::error_code error;
    auto const target = led_to(path, error);
    if (!error) compare(std::move(where), path, target, watch_path_complaint);  // else nothing of it is read
  }

  std::vector<PolicyViolation> found;

 private:
  void compare(std::string where, std::string const& path, std::string const& target,
               std::string (*complaint_of)(std::string const&, Policy const&)) {
    if (target == path) return;
    if (auto const complaint = complaint_of(target, followed()); !complaint.empty())
      found.push_back({std::move(where), "'" + path + "' leads to '" + target + "': " + complaint,
                       "name the folder itself, without symbolic links on the way"});
  }

  Policy const& followed() {
    if (!followed_) {
      followed_ = policy_;
      follow(followed_->watch_paths);
      follow(followed_->volumes);
      follow(followed_->forbidden_paths);
    }
    return *followed_;
  }

  Policy const& policy_;
  std::optional<Policy> followed_;  ///< made for the first link that is met
};

}  // namespace

std::vector<PolicyViolation> check_policy_links(domain::PipelineSpec const& spec, Policy const& policy) {
  LinkCheck check(policy);
  for (std::size_t i = 0; i < spec.watch.size(); ++i)
    if (!spec.watch[i].s3) check.watched("watch[" + std::to_string(i) + "].path", spec.watch[i].path);
  for (std::size_t i = 0; i < spec.volumes.size(); ++i)
    check.volume("volumes[" + std::to_string(i) + "]", spec.volumes[i].source);
  return std::move(check.found);
}

std::optional<PolicyViolation> run_violation(domain::PipelineSpec const& spec, Policy const& policy) {
  auto found = check_policy(spec, policy);
  std::erase_if(found, [](PolicyViolation const& violation) {
    return violation.where.starts_with("secrets") || violation.where.starts_with("notify") ||
           violation.where.ends_with(".connection");
  });
  if (found.empty()) found = check_policy_links(spec, policy);
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

}  // namespace config
