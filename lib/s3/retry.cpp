#include "s3/retry.hpp"

#include <algorithm>

namespace s3 {

namespace {

bool may_pass(FailureKind kind) {
  return kind == FailureKind::slow_down || kind == FailureKind::server_error || kind == FailureKind::unreachable ||
         kind == FailureKind::timeout;
}

std::chrono::milliseconds jittered(int attempts, RetryPolicy const& policy, double uniform) {
  auto longest = policy.base;
  for (int i = 1; i < attempts && longest < policy.cap; ++i) longest *= 2;
  longest = std::min(longest, policy.cap);
  return std::chrono::milliseconds(static_cast<std::int64_t>(static_cast<double>(longest.count()) * uniform));
}

}  // namespace

RetryStep next_step(Failure const& failure, RetryHistory const& history, RetryPolicy const& policy, double uniform) {
  using std::chrono::milliseconds;
  if (failure.kind == FailureKind::clock_skew && failure.server_time && !history.clock_corrected)
    return {RetryVerdict::correct_clock, milliseconds(0)};
  if (failure.kind == FailureKind::wrong_region && !failure.region.empty() && !history.region_corrected)
    return {RetryVerdict::change_region, milliseconds(0)};
  if (failure.kind == FailureKind::expired_credentials && !history.credentials_renewed)
    return {RetryVerdict::renew_credentials, milliseconds(0)};
  if (!may_pass(failure.kind) || history.attempts >= policy.attempts) return {};
  auto const asked = failure.retry_after.value_or(milliseconds(0));
  if (asked > policy.longest_retry_after) return {};
  return {RetryVerdict::wait, std::max(asked, jittered(history.attempts, policy, uniform))};
}

}  // namespace s3
