#include "aio/worker.hpp"

#include <pthread.h>

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

}  // namespace aio
