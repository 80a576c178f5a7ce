#include "watch/s3_pass.hpp"

#include <algorithm>
#include <utility>

namespace watch {

using domain::S3Shard;

S3Pass::S3Pass(Bucket& bucket, PassLedger& ledger, S3Settings const& settings, core::Clock const& clock,
               std::string prefix, KeyScope scope, ListingMode mode, domain::S3Pass const& state)
    : site_{bucket, ledger, settings, clock, std::move(prefix), std::move(scope), state.number, mode},
      last_page_(clock.steady()),
      limit_(settings.first_parallel),
      slow_downs_(bucket.usage().slow_downs) {
  for (auto const& shard : state.shards) {
    if (shard.state == S3Shard::State::listed) listed_before_ += shard.listed;
    if (shard.state != S3Shard::State::due) continue;
    shards_.push_back(std::make_unique<ShardListing>(site_, shard));
    waiting_.push_back(shards_.back().get());
  }
}

bool S3Pass::change_mode(ListingMode mode) {
  bool const from_start = mode != ListingMode::start_after;
  if (from_start && (mode == ListingMode::unordered || shards_.size() != 1 || listed_before_ > 0 ||
                     !shards_.front()->can_go_on_by_token()))
    return false;
  site_.mode = mode;
  return true;
}

std::int64_t S3Pass::listed() const {
  auto sum = listed_before_;
  for (auto const& shard : shards_) sum += shard->listed();
  return sum;
}

bool S3Pass::at_last_shard() const {
  auto const last = std::ranges::find_if(shards_, [](auto const& shard) { return shard->is_last(); });
  if (last == shards_.end() || (*last)->at_end()) return false;
  return std::ranges::find(waiting_, last->get()) == waiting_.end();
}

awaitable<core::Result<void>> S3Pass::run() {
  error_.reset();
  last_page_ = site_.clock.steady();
  auto body = [this](aio::TaskGroup& group) -> awaitable<void> {
    begin_workers(group);
    co_await group.join();
  };
  co_await aio::with_task_group(std::move(body));
  if (error_) co_return *error_;
  co_return core::Result<void>();
}

void S3Pass::begin_workers(aio::TaskGroup& group) {
  if (error_) return;
  auto const wanted = std::min(static_cast<int>(limit_), workers_ + static_cast<int>(waiting_.size()));
  // Counted first: one that finds nothing to do is over before spawn() returns.
  for (int more = wanted - workers_; more > 0; --more) {
    ++workers_;
    group.spawn([this, &group] { return work(group); });
  }
}

ShardListing* S3Pass::take() {
  auto const free = [this](ShardListing const* shard) { return !last_held_ || !shard->is_last(); };
  auto const next = std::ranges::find_if(waiting_, free);
  if (next == waiting_.end()) return nullptr;
  auto* const shard = *next;
  waiting_.erase(next);
  return shard;
}

awaitable<void> S3Pass::work(aio::TaskGroup& group) {
  while (!error_ && workers_ <= static_cast<int>(limit_)) {
    auto* const shard = take();
    if (shard == nullptr) break;
    while (!shard->at_end() && !error_ && workers_ <= static_cast<int>(limit_)) {
      auto const done = co_await shard->next_page();
      if (!done) {
        error_ = done.error();
        break;
      }
      adapt();
      begin_workers(group);
    }
    if (!shard->at_end()) waiting_.push_front(shard);
  }
  --workers_;
}

void S3Pass::adapt() {
  ++pages_;
  last_page_ = site_.clock.steady();
  auto const slow_downs = site_.bucket.usage().slow_downs;
  if (slow_downs > std::exchange(slow_downs_, slow_downs))
    limit_ = std::max(1.0, limit_ / 2);
  else
    limit_ = std::min<double>(site_.settings.most_parallel, limit_ + 1 / limit_);
}

}  // namespace watch
