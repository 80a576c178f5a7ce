#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>

namespace tidewheeld {

/// Runs the loop one handler at a time and measures each, so that the promise "the loop never blocks" can be looked at.
struct LoopMeter {
  std::int64_t handlers = 0;
  std::int64_t longest_cpu_us = 0;  ///< most thread CPU that one handler used (CLOCK_THREAD_CPUTIME_ID)
  std::int64_t slept = 0;           ///< handlers that gave up the CPU of their own will: they slept outside epoll

  /// Returns when the loop has no more work.
  void run(boost::asio::io_context& io);
};

}  // namespace tidewheeld
