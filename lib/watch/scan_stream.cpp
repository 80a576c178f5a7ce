#include "watch/scan_stream.hpp"

#include <boost/asio/post.hpp>
#include <utility>

namespace watch {

namespace {
constexpr std::size_t ready_limit = 2;
}

ScanStream::ScanStream(Site& site, std::string prefix) : state_(std::make_shared<State>(site, std::move(prefix))) {
  site.group.spawn([state = state_, &pool = site.pool] { return produce(state, pool); });
}

awaitable<void> ScanStream::produce(std::shared_ptr<State> state, aio::Worker& pool) {
  for (bool done = false; !done;) {
    while (state->ready.size() >= ready_limit) co_await state->changed.wait();
    auto work = [state] { return state->scan.next(); };
    auto batch = co_await pool.run(std::move(work));
    done = batch.done;
    state->ready.push_back(std::move(batch));
    state->changed.notify_all();
  }
}

awaitable<ScanBatch> ScanStream::next() {
  // Always through the queue once, so that a long merge with everything at hand leaves others their turn.
  co_await asio::post(state_->changed.executor(), asio::use_awaitable);
  while (state_->ready.empty()) co_await state_->changed.wait();
  auto batch = std::move(state_->ready.front());
  state_->ready.pop_front();
  state_->changed.notify_all();
  co_return batch;
}

}  // namespace watch
