#include "s3/pacer.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace s3 {

namespace asio = boost::asio;
using std::chrono::steady_clock;

Pace::Pace(int per_minute, core::Steady start) noexcept : due_(start) {
  if (per_minute <= 0) return;
  constexpr std::chrono::nanoseconds minute = std::chrono::minutes(1);
  pause_ = (minute + std::chrono::nanoseconds(per_minute - 1)) / per_minute;
  due_ += pause_;
}

/// A place in the queue, given up at the end of its life, however that comes.
class Pacer::Place {
 public:
  Place(Queue& queue, asio::any_io_executor const& executor)
      : queue_(queue), timer_(queue.emplace(queue.end(), executor)) {}
  ~Place() {
    queue_.erase(timer_);
    if (!queue_.empty()) queue_.front().cancel();  // it looks again whether it is the first
  }
  Place(Place const&) = delete;
  Place& operator=(Place const&) = delete;

  [[nodiscard]] bool is_first() const noexcept { return timer_ == queue_.begin(); }
  [[nodiscard]] asio::steady_timer& timer() noexcept { return *timer_; }

 private:
  Queue& queue_;
  Queue::iterator timer_;
};

awaitable<void> Pacer::wait() {
  if (!pace_.is_bounded()) co_return;
  auto const executor = co_await asio::this_coro::executor;
  Place place(queue_, executor);
  while (!place.is_first() || steady_clock::now() < pace_.due()) {
    place.timer().expires_at(place.is_first() ? pace_.due() : core::Steady::max());
    co_await place.timer().async_wait(asio::as_tuple(asio::use_awaitable));
    auto const state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none)
      throw boost::system::system_error(asio::error::operation_aborted);
  }
  pace_.spend(steady_clock::now());
}

}  // namespace s3
