#include "watch/subtree_queue.hpp"

#include <iterator>
#include <utility>

namespace watch {

bool SubtreeQueue::add(std::string prefix) {
  // Prefixes end with '/', so an ancestor of this one, if queued, is among the greatest that are not greater than it;
  // since no queued prefix contains another, it can only be the very one before.
  auto at = now_.upper_bound(prefix);
  if (at != now_.begin() && prefix.starts_with(*std::prev(at))) return true;
  while (at != now_.end() && at->starts_with(prefix)) at = now_.erase(at);
  if (now_.size() >= limit) return false;
  now_.insert(at, std::move(prefix));
  return true;
}

bool SubtreeQueue::confirm(Task task, core::Steady due) {
  if (later_.size() >= limit) return false;
  later_.emplace(due, std::move(task));
  return true;
}

std::optional<SubtreeQueue::Task> SubtreeQueue::take(core::Steady now) {
  std::optional<Task> task;
  if (!later_.empty() && later_.begin()->first <= now) {  // first, so that a busy tree cannot put proofs off for ever
    task = std::move(later_.begin()->second);
    later_.erase(later_.begin());
  } else if (!now_.empty()) {
    task.emplace();
    task->prefix = std::move(now_.extract(now_.begin()).value());
  }
  return task;
}

core::Steady SubtreeQueue::next_due() const {
  if (!now_.empty()) return core::Steady::min();
  return later_.empty() ? core::Steady::max() : later_.begin()->first;
}

}  // namespace watch
