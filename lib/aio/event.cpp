#include "aio/event.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

namespace aio {

Event::Event(asio::any_io_executor executor) : timer_(std::move(executor)) {}

void Event::set() {
  set_ = true;
  timer_.cancel();
}

awaitable<void> Event::wait() {
  (void)co_await wait_until(asio::steady_timer::time_point::max());
}

awaitable<bool> Event::wait_until(asio::steady_timer::time_point deadline) {
  while (!set_) {
    timer_.expires_at(deadline);
    co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    auto const state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none)
      throw boost::system::system_error(asio::error::operation_aborted);
    if (std::chrono::steady_clock::now() >= deadline) break;
  }
  co_return std::exchange(set_, false);
}

}  // namespace aio
