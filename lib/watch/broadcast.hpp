#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

namespace watch {

namespace asio = boost::asio;
using asio::awaitable;

/// A condition variable for the coroutines of one loop: `while (!ready) co_await changed.wait();`. Any number may wait.
class Broadcast {
 public:
  explicit Broadcast(asio::any_io_executor executor)
      : timer_(std::move(executor), asio::steady_timer::time_point::max()) {}

  [[nodiscard]] asio::any_io_executor executor() { return timer_.get_executor(); }
  void notify_all() { timer_.cancel(); }

  /// Returns at the next notify_all(); throws operation_aborted when cancelled.
  [[nodiscard]] awaitable<void> wait() {
    co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    auto const state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none)
      throw boost::system::system_error(asio::error::operation_aborted);
  }

 private:
  asio::steady_timer timer_;
};

}  // namespace watch
