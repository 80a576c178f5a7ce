#include "loop_meter.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <ctime>
#include <utility>

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
  // One reading between two handlers is the end of the first and the beginning of the second.
  auto cpu = thread_cpu_us();
  auto switches = voluntary_switches();
  for (;;) {
    auto polled = io.poll_one();
    long allowed = 0;
    if (polled == 0) {
      // Nothing is ready: wait in epoll, which is one switch, and run what comes.
      polled = io.run_one();
      allowed = 1;
    }
    if (polled == 0) return;
    ++handlers;
    auto const cpu_before = std::exchange(cpu, thread_cpu_us());
    auto const switches_before = std::exchange(switches, voluntary_switches());
    longest_cpu_us = std::max(longest_cpu_us, cpu - cpu_before);
    if (switches - switches_before > allowed) ++slept;
  }
}

}  // namespace tidewheeld
