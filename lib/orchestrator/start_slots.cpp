#include "orchestrator/start_slots.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace orchestrator {

namespace asio = boost::asio;

StartSlots::StartSlots(asio::any_io_executor executor, std::size_t slots)
    : freed_(std::move(executor), asio::steady_timer::time_point::max()), free_(slots) {}

awaitable<StartSlots::Hold> StartSlots::acquire() {
  while (free_ == 0) {
    co_await freed_.async_wait(asio::as_tuple(asio::use_awaitable));
    auto const state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() == asio::cancellation_type::none) continue;
    if (free_ > 0) freed_.cancel_one();  // it may have been meant for us: hand it on
    throw boost::system::system_error(asio::error::operation_aborted);
  }
  --free_;
  co_return Hold(*this);
}

void StartSlots::release() {
  ++free_;
  freed_.cancel_one();
}

}  // namespace orchestrator
