#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

namespace aio {

namespace asio = boost::asio;
using asio::awaitable;

/// A wake-up flag for loops: set() before or during wait() is never lost, several set() are one. Loop thread only.
class Event {
 public:
  explicit Event(asio::any_io_executor executor);
  void set();
  [[nodiscard]] bool is_set() const noexcept { return set_; }
  /// Returns once set and clears it. Throws operation_aborted when cancelled. One waiter at a time.
  [[nodiscard]] awaitable<void> wait();
  /// As wait(), but gives up at `deadline`; true if it was set.
  [[nodiscard]] awaitable<bool> wait_until(asio::steady_timer::time_point deadline);

 private:
  asio::steady_timer timer_;
  bool set_ = false;
};

}  // namespace aio
