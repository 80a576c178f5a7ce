#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/assert.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <list>
#include <utility>

namespace aio {

namespace asio = boost::asio;
using asio::awaitable;

/// Owns coroutines: whoever spawns into it joins it, and the first failure stops the others and comes out of join().
/// Loop thread only. Must be empty (joined) when it is destroyed.
class TaskGroup {
 public:
  explicit TaskGroup(asio::any_io_executor executor)
      : executor_(std::move(executor)), idle_(executor_, asio::steady_timer::time_point::max()) {}
  ~TaskGroup() { BOOST_ASSERT(children_.empty()); }
  TaskGroup(TaskGroup const&) = delete;
  TaskGroup& operator=(TaskGroup const&) = delete;

  /// Starts `body`, a callable that returns awaitable<void>; it and its captures live until the coroutine ends.
  template <class Body>
  void spawn(Body body) {
    auto const child = children_.emplace(children_.end());
    asio::co_spawn(executor_, std::move(body),
                   asio::bind_cancellation_slot(child->slot(), [this, child](std::exception_ptr error) {
                     children_.erase(child);
                     finished(error);
                   }));
    if (stopping_) child->emit(asio::cancellation_type::terminal);  // one that comes late must not keep join() for ever
  }

  /// Cancels every child (terminal). They end at their next suspension; join() waits for them.
  void stop();
  /// Waits until no child is left. Rethrows the first failure. Cancellation of the caller is passed on to the children,
  /// and comes out as operation_aborted once they have ended.
  [[nodiscard]] awaitable<void> join();
  [[nodiscard]] bool stopping() const noexcept { return stopping_; }
  [[nodiscard]] std::size_t size() const noexcept { return children_.size(); }

 private:
  void finished(std::exception_ptr error);

  asio::any_io_executor executor_;
  asio::steady_timer idle_;
  std::list<asio::cancellation_signal> children_;
  std::exception_ptr error_;
  bool stopping_ = false;
};

/// Runs `body(group)`, a coroutine; on every way out of it the children are stopped and joined before this returns or
/// throws.
template <class Body>
[[nodiscard]] awaitable<void> with_task_group(Body body) {
  auto const executor = co_await asio::this_coro::executor;
  TaskGroup group(executor);
  std::exception_ptr error;
  try {
    co_await body(group);
  } catch (...) {
    error = std::current_exception();
  }
  group.stop();
  auto const state = co_await asio::this_coro::cancellation_state;
  bool const cancelled = state.cancelled() != asio::cancellation_type::none;
  if (cancelled) co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await group.join();
  if (error) std::rethrow_exception(error);
  // The body may have ended well just as it was cancelled; whoever called must not go on as if nothing had been said.
  if (cancelled) throw boost::system::system_error(asio::error::operation_aborted);
}

}  // namespace aio
