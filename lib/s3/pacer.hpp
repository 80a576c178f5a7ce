#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <list>

#include "core/time.hpp"

namespace s3 {

using boost::asio::awaitable;

/// When the next of evenly paced requests may go: one in each 60 s / `per_minute`, the first one such pause after
/// `start`. A pause that nobody used is not saved up, so no window holds more than its share, and a process that
/// starts again and again stays below it, too. Pure.
class Pace {
 public:
  /// `per_minute` 0: no bound.
  Pace(int per_minute, core::Steady start) noexcept;

  [[nodiscard]] bool is_bounded() const noexcept { return pause_.count() > 0; }
  [[nodiscard]] core::Steady due() const noexcept { return due_; }
  /// A request goes now.
  void spend(core::Steady now) noexcept { due_ = now + pause_; }

 private:
  std::chrono::nanoseconds pause_{0};  ///< rounded up
  core::Steady due_;
};

/// Lets requests go at a pace, in the order in which they asked. Loop thread only; outlives those who wait.
class Pacer {
 public:
  explicit Pacer(Pace pace) noexcept : pace_(pace) {}
  Pacer(Pacer const&) = delete;
  Pacer& operator=(Pacer const&) = delete;

  /// Returns when the caller may send one request, and has to then. Throws operation_aborted when cancelled; those who
  /// stand behind move up, and nothing is spent.
  [[nodiscard]] awaitable<void> wait();
  [[nodiscard]] std::size_t waiting() const noexcept { return queue_.size(); }

 private:
  using Queue = std::list<boost::asio::steady_timer>;
  class Place;

  Pace pace_;
  Queue queue_;  ///< only the first waits for the time, the others for their place
};

}  // namespace s3
