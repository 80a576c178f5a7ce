#include "watch/hasher.hpp"

#include <utility>

#include "watch/look.hpp"

namespace watch {

Hasher::Hasher(Site& site, Committer& committer, std::function<void(std::string const&)> on_moved)
    : site_(site), committer_(committer), on_moved_(std::move(on_moved)), changed_(site.executor) {}

awaitable<void> Hasher::push(std::string key, domain::Version version, std::optional<core::Steady> noticed) {
  while (queue_.size() >= 1024) co_await changed_.wait();
  queue_.push_back({std::move(key), version, noticed});
  changed_.notify_all();
}

awaitable<void> Hasher::drain() {
  while (!queue_.empty() || under_way_ > 0) co_await changed_.wait();
}

awaitable<void> Hasher::run_lane() {
  for (;;) {
    while (queue_.empty()) co_await changed_.wait();
    auto job = std::move(queue_.front());
    queue_.pop_front();
    ++under_way_;
    co_await hash(std::move(job));
    --under_way_;
    changed_.notify_all();
  }
}

awaitable<void> Hasher::hash(Job job) {
  auto work = [&root = site_.root, job] { return hash_version(root, job.key, job.version); };
  auto const hash = co_await site_.pool.run(std::move(work));
  if (!hash && (hash.error().code == core::Errc::conflict || hash.error().code == core::Errc::not_found)) {
    on_moved_(job.key);
    co_return;
  }
  Observation observation;
  observation.key = std::move(job.key);
  observation.found = job.version;
  observation.noticed = job.noticed;
  if (hash) observation.hash = *hash;  // a file that cannot be read is a change all the same
  co_await committer_.push(std::move(observation));
}

}  // namespace watch
