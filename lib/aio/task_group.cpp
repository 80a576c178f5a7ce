#include "aio/task_group.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace aio {

void TaskGroup::finished(std::exception_ptr error) {
  if (error && !stopping_) {
    error_ = error;
    stop();
  }
  if (children_.empty()) idle_.cancel();
}

void TaskGroup::stop() {
  if (std::exchange(stopping_, true)) return;
  // A child may end, and so leave the list, inside emit().
  for (auto child = children_.begin(); child != children_.end();) (child++)->emit(asio::cancellation_type::terminal);
}

awaitable<void> TaskGroup::join() {
  bool cancelled = false;
  while (!children_.empty()) {
    co_await idle_.async_wait(asio::as_tuple(asio::use_awaitable));
    if (children_.empty()) break;
    auto const state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() == asio::cancellation_type::none) continue;
    cancelled = true;  // pass it on, then keep waiting
    stop();
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  }
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  if (cancelled) throw boost::system::system_error(asio::error::operation_aborted);
}

}  // namespace aio
