#include "watch/committer.hpp"

#include <algorithm>
#include <utility>

namespace watch {

Committer::Committer(asio::any_io_executor executor, Ledger& ledger,
                     std::function<void(std::vector<std::string> const&)> on_done)
    : ledger_(ledger), on_done_(std::move(on_done)), changed_(std::move(executor)) {}

awaitable<void> Committer::push(Observation observation) {
  while (queue_.size() >= batch_size * 4) co_await changed_.wait();
  queue_.push_back(std::move(observation));
  ++pushed_;
  if (under_way_.size() < lanes) changed_.notify_all();
}

std::uint64_t Committer::durable_up_to() const {
  auto const queued_from = pushed_ - queue_.size();
  return under_way_.empty() ? queued_from : std::min(queued_from, *under_way_.begin());
}

awaitable<void> Committer::drain() {
  auto const target = pushed_;
  while (durable_up_to() < target) co_await changed_.wait();
}

awaitable<void> Committer::run_lane() {
  for (;;) {
    while (queue_.empty()) co_await changed_.wait();
    auto const first = pushed_ - queue_.size();
    auto const count = std::min(batch_size, queue_.size());
    std::vector<Observation> batch;
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < count; ++i) {
      keys.push_back(queue_.front().key);
      batch.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    under_way_.insert(first);
    changed_.notify_all();
    co_await ledger_.commit(std::move(batch));
    under_way_.erase(first);
    on_done_(keys);
    changed_.notify_all();
  }
}

}  // namespace watch
