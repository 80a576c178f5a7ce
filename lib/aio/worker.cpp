#include "aio/worker.hpp"

#include <pthread.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <latch>
#include <memory>

namespace aio {

Worker::Worker(std::size_t threads, char const* name) : pool_(threads) {
  // Each thread takes exactly one of these, since none leaves the latch before all have arrived. The constructor
  // arrives too: a pool that is stopped before its threads have their names would leave some waiting for ever.
  auto const arrived = std::make_shared<std::latch>(static_cast<std::ptrdiff_t>(threads) + 1);
  for (std::size_t i = 0; i < threads; ++i)
    asio::post(pool_, [arrived, name] {
      ::pthread_setname_np(::pthread_self(), name);
      arrived->arrive_and_wait();
    });
  arrived->arrive_and_wait();
}

awaitable<void> Worker::perform(std::function<void()> job) {
  auto const home = co_await asio::this_coro::executor;
  auto token = asio::bind_cancellation_slot(asio::cancellation_slot{}, asio::use_awaitable);
  auto start = [this, home](auto done, std::function<void()> work) {
    auto guard = asio::make_work_guard(home);
    asio::post(pool_, [home, done = std::move(done), work = std::move(work), guard = std::move(guard)]() mutable {
      std::exception_ptr error;
      try {
        work();
      } catch (...) {
        error = std::current_exception();
      }
      asio::post(home,
                 [done = std::move(done), error = std::move(error)]() mutable { std::move(done)(std::move(error)); });
    });
  };
  auto operation =
      asio::async_initiate<decltype(token)&, void(std::exception_ptr)>(std::move(start), token, std::move(job));
  co_await std::move(operation);
}

}  // namespace aio
