#include "watch/local_source.hpp"

#include <algorithm>
#include <utility>

#include "aio/sleep.hpp"
#include "aio/task_group.hpp"

namespace watch {

LocalSource::LocalSource(asio::any_io_executor executor, std::string root, Ledger& ledger, aio::Worker& pool,
                         core::Clock const& clock, LocalSettings settings)
    : executor_(std::move(executor)),
      path_(std::move(root)),
      ledger_(ledger),
      pool_(pool),
      clock_(clock),
      settings_(settings) {}

LocalSource::~LocalSource() = default;

awaitable<void> LocalSource::run() {
  // In a group of its own, which knows that it was told to stop: a session that is being cancelled and loses its root
  // at the same time eats the cancellation while it joins its tasks.
  aio::TaskGroup group(executor_);
  group.spawn([this, &group] { return attend(group); });
  co_await group.join();
}

awaitable<void> LocalSource::attend(aio::TaskGroup const& group) {
  auto backoff = settings_.root_retry_first;
  while (!group.stopping()) {
    auto const scans = health_.scans;
    auto reason = co_await attend_once();
    if (group.stopping()) break;
    if (health_.scans > scans) backoff = settings_.root_retry_first;
    go_offline(std::move(reason));
    co_await aio::sleep_for(backoff);
    backoff = std::min(backoff * 2, settings_.root_retry_last);
  }
}

awaitable<std::string> LocalSource::attend_once() {
  auto work = [path = path_] { return Root::open(path); };
  auto root = co_await pool_.run(std::move(work));
  if (!root) co_return root.error().message();
  session_ = std::make_unique<RootSession>(executor_, std::move(*root), ledger_, pool_, clock_, settings_, health_);
  std::string reason;
  try {
    co_await session_->run();
  } catch (RootLost const& lost) {
    reason = lost.what();
  }
  session_.reset();
  co_return reason;
}

void LocalSource::go_offline(std::string reason) {
  health_.state = SourceHealth::State::offline;
  health_.reason = std::move(reason);
  health_.directories = health_.settling = 0;
}

void LocalSource::request_scan(std::string reason) {
  if (session_) session_->request_scan(std::move(reason));  // without one, the next starts with a scan
}

void LocalSource::look_at(std::string key) {
  if (session_) session_->look_at(std::move(key));  // without one, the next starts with a scan
}

void LocalSource::set_pace(Pace pace) {
  settings_.settle = pace.settle;
  if (session_) session_->set_settle(pace.settle);
}

SourceHealth LocalSource::health() const {
  return health_;
}

void LocalSource::accept(std::span<std::byte const> inotify_bytes) {
  if (session_) session_->accept(inotify_bytes);
}

}  // namespace watch
