#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace aio {

namespace asio = boost::asio;
using asio::awaitable;

/// Blocking work on threads of its own; the result comes home to the awaiting coroutine's executor.
/// Not cancellable once queued: half a transaction must not be abandoned. Destroy only after join() (or before
/// the first run()), and the io_context of whoever waits only after that.
class Worker {
 public:
  /// `threads` named `name` (at most 15 bytes, seen in top -H).
  Worker(std::size_t threads, char const* name);

  /// Runs `work()` on a worker thread. `work` must be named and moved in (g++ 12, see STYLE), takes nothing, and may
  /// throw.
  template <class Work>
  [[nodiscard]] awaitable<std::invoke_result_t<Work&>> run(Work work) {
    using Value = std::invoke_result_t<Work&>;
    using Slot = std::conditional_t<std::is_void_v<Value>, std::monostate, Value>;
    auto const home = co_await asio::this_coro::executor;
    auto token = asio::bind_cancellation_slot(asio::cancellation_slot{}, asio::use_awaitable);
    auto start = [this, home](auto done, Work job) {
      auto guard = asio::make_work_guard(home);
      asio::post(pool_, [home, done = std::move(done), job = std::move(job), guard = std::move(guard)]() mutable {
        std::exception_ptr error;
        std::optional<Slot> value;
        try {
          if constexpr (std::is_void_v<Value>) {
            job();
            value.emplace();
          } else {
            value.emplace(job());
          }
        } catch (...) {
          error = std::current_exception();
        }
        asio::post(home, [done = std::move(done), error = std::move(error), value = std::move(value)]() mutable {
          std::move(done)(std::move(error), std::move(value));
        });
      });
    };
    auto operation = asio::async_initiate<decltype(token)&, void(std::exception_ptr, std::optional<Slot>)>(
        std::move(start), token, std::move(work));
    auto value = co_await std::move(operation);
    if constexpr (!std::is_void_v<Value>) co_return std::move(*value);
  }

  /// Waits for everything queued and ends the threads.
  void join() { pool_.join(); }

 private:
  asio::thread_pool pool_;
};

}  // namespace aio
