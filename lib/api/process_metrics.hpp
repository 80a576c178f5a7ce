#pragma once

#include <cstdint>

namespace api {

/// What proc(5) says of this process; names as every Prometheus client has them (process_*). -1: unknown.
struct ProcessUsage {
  double cpu_seconds = -1, start_seconds = -1;  ///< start: since the epoch
  std::int64_t resident_bytes = -1, virtual_bytes = -1, open_fds = -1, max_fds = -1;
};
/// Blocking: a worker thread.
[[nodiscard]] ProcessUsage process_usage();

}  // namespace api
