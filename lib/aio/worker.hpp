#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

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
    if constexpr (std::is_void_v<Value>) {
      std::function<void()> job = [&work] { work(); };
      co_await perform(std::move(job));
    } else {
      std::optional<Value> value;
      std::function<void()> job = [&work, &value] { value.emplace(work()); };
      co_await perform(std::move(job));
      co_return std::move(*value);
    }
  }

  /// Waits for everything queued and ends the threads.
  void join() { pool_.join(); }

 private:
  /// Not a template: so the machinery of a suspension is there once, and not for each kind of work.
  [[nodiscard]] awaitable<void> perform(std::function<void()> job);

  asio::thread_pool pool_;
};

}  // namespace aio
