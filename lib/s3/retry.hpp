#pragma once

#include <chrono>
#include <cstdint>

#include "s3/failure.hpp"

namespace s3 {

struct RetryPolicy {
  RetryPolicy() {}  // not an aggregate, so that g++ 12 cannot destroy a temporary one twice in a co_await

  int attempts = 5;                                                 ///< in all, the first one included
  std::chrono::milliseconds base = std::chrono::milliseconds(200);  ///< the longest first wait; doubled each time
  std::chrono::milliseconds cap = std::chrono::seconds(20);
  /// A Retry-After past this is not waited for: the caller hears of it and comes back later.
  std::chrono::milliseconds longest_retry_after = std::chrono::seconds(60);
};

/// What one call has gone through so far.
struct RetryHistory {
  int attempts = 0;  ///< made, the failed one included; corrections do not count
  bool clock_corrected = false, region_corrected = false, credentials_renewed = false;
};

enum class RetryVerdict : std::uint8_t {
  give_up,
  wait,               ///< then send it again
  correct_clock,      ///< learn the skew from `server_time`, sign again at once
  change_region,      ///< sign for `region` at once
  renew_credentials,  ///< have the provider fetch new ones, sign again at once
};

struct RetryStep {
  RetryVerdict verdict = RetryVerdict::give_up;
  std::chrono::milliseconds wait{0};
};

/// Decides what follows a failure. Pure; `uniform` is a random number in [0, 1) for full jitter: a wait is anything up
/// to min(cap, base * 2^(attempts-1)), and never less than Retry-After
/// (aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter).
[[nodiscard]] RetryStep next_step(Failure const& failure, RetryHistory const& history, RetryPolicy const& policy,
                                  double uniform);

}  // namespace s3
