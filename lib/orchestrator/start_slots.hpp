#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <utility>

namespace orchestrator {

using boost::asio::awaitable;

/// Container creates and starts that may be under way at once. More than cores + 1 only adds latency (container-runs.md
/// section 6).
class StartSlots {
 public:
  StartSlots(boost::asio::any_io_executor executor, std::size_t slots);

  /// Held from acquire() until destroyed.
  class Hold {
   public:
    explicit Hold(StartSlots& slots) : slots_(&slots) {}
    Hold(Hold&& other) noexcept : slots_(std::exchange(other.slots_, nullptr)) {}
    Hold& operator=(Hold&&) = delete;
    ~Hold() {
      if (slots_ != nullptr) slots_->release();
    }

   private:
    StartSlots* slots_;
  };
  [[nodiscard]] awaitable<Hold> acquire();

 private:
  void release();

  boost::asio::steady_timer freed_;
  std::size_t free_;
};

}  // namespace orchestrator
