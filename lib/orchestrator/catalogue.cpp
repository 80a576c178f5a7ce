#include "orchestrator/catalogue.hpp"

#include <algorithm>
#include <optional>
#include <set>

namespace orchestrator {

namespace {

std::vector<core::Glob> compile(std::vector<std::string> const& patterns) {
  std::vector<core::Glob> globs;
  // The YAML's check compiled them; a stored revision may be older than that check, so a bad one matches nothing.
  for (auto const& pattern : patterns)
    if (auto glob = core::Glob::compile(pattern)) globs.push_back(std::move(*glob));
  return globs;
}

}  // namespace

void Catalogue::set(store::PipelineId id, domain::PipelineSpec const& spec, core::Wall first_seen,
                    std::map<std::string, core::Wall> const& since) {
  remove(id);
  if (!spec.enabled) return;
  for (auto const& watch : spec.watch) {
    auto root = domain::root_of(watch);
    auto const began = since.find(root);
    watching_.push_back({id, spec.name, watch, began == since.end() ? first_seen : began->second, compile(watch.files),
                         compile(watch.ignore), std::move(root)});
  }
}

void Catalogue::remove(store::PipelineId id) {
  std::erase_if(watching_, [id](Watching const& w) { return w.pipeline == id; });
}

std::vector<std::string> Catalogue::roots() const {
  std::set<std::string> roots;
  for (auto const& watching : watching_) roots.insert(watching.root);
  return {roots.begin(), roots.end()};
}

std::vector<Watching const*> Catalogue::on_root(std::string const& root) const {
  std::vector<Watching const*> found;
  for (auto const& watching : watching_)
    if (watching.root == root) found.push_back(&watching);
  return found;
}

std::chrono::milliseconds Catalogue::settle(std::string const& root) const {
  auto shortest = std::chrono::milliseconds::max();
  for (auto const* const watching : on_root(root)) shortest = std::min(shortest, watching->spec.settle);
  return shortest == std::chrono::milliseconds::max() ? std::chrono::milliseconds(2000) : shortest;
}

watch::Pace Catalogue::pace(std::string const& root) const {
  watch::Pace pace;
  pace.settle = settle(root);
  std::optional<domain::S3Watch> all;
  std::set<std::string> files;
  for (auto const* const watching : on_root(root)) {
    if (!watching->spec.s3) continue;
    files.insert(watching->spec.files.begin(), watching->spec.files.end());
    auto const& one = *watching->spec.s3;
    if (!all) all = one;
    all->every = std::min(all->every, one.every);
    all->full_every = std::min(all->full_every, one.full_every);
    all->append = all->append && one.append;
  }
  if (!all) return pace;
  pace.every = all->every;
  pace.full_every = all->full_every;
  pace.append = all->append;
  pace.files.assign(files.begin(), files.end());
  return pace;
}

std::vector<store::Match> Catalogue::matches(std::string const& root, std::string_view key) const {
  auto const source_settle = settle(root);
  std::vector<store::Match> found;
  for (auto const* const watching : on_root(root))
    if (watching->accepts(key)) found.push_back(to_match(*watching, source_settle));
  return found;
}

store::Match to_match(Watching const& watching, std::chrono::milliseconds source_settle) {
  store::Match match;
  match.pipeline = watching.pipeline;
  match.on_created = watching.spec.on_created;
  match.on_modified = watching.spec.on_modified;
  match.skip_same_content = watching.spec.skip_same_content;
  match.existing = watching.spec.existing;
  match.first_seen = watching.first_seen;
  match.hold = std::max(std::chrono::milliseconds(0), watching.spec.settle - source_settle);
  return match;
}

}  // namespace orchestrator
