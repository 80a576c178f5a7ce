#include "loop_meter.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <ctime>

namespace tidewheeld {

namespace {

std::int64_t thread_cpu_us() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
}

/// Voluntary context switches: a thread that waits for a disk, a lock or a timer makes one.
long voluntary_switches() noexcept {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nvcsw;
}

}  // namespace

void LoopMeter::run(boost::asio::io_context& io) {
  for (;;) {
    auto const cpu = thread_cpu_us();
    auto const switches = voluntary_switches();
    auto polled = io.poll_one();
    long allowed = 0;
    if (polled == 0) {
      // Nothing is ready: wait in epoll, which is one switch, and run what comes.
      polled = io.run_one();
      allowed = 1;
    }
    if (polled == 0) return;
    ++handlers;
    longest_cpu_us = std::max(longest_cpu_us, thread_cpu_us() - cpu);
    if (voluntary_switches() - switches > allowed) ++slept;
  }
}

}  // namespace tidewheeld
