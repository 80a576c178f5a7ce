#include "s3/retry.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using s3::Failure;
using s3::FailureKind;
using s3::RetryHistory;
using s3::RetryPolicy;
using s3::RetryVerdict;

Failure failure(FailureKind kind) {
  Failure made;
  made.kind = kind;
  return made;
}

RetryHistory after(int attempts) {
  RetryHistory history;
  history.attempts = attempts;
  return history;
}

constexpr double almost_one = 0.999999;

TEST(Retry, waits_for_what_may_pass) {
  for (auto const kind :
       {FailureKind::slow_down, FailureKind::server_error, FailureKind::unreachable, FailureKind::timeout})
    EXPECT_EQ(next_step(failure(kind), after(1), RetryPolicy(), 0.5).verdict, RetryVerdict::wait) << to_string(kind);
}

TEST(Retry, gives_up_what_stays_as_it_is) {
  for (auto const kind :
       {FailureKind::no_such_key, FailureKind::no_such_bucket, FailureKind::not_found, FailureKind::access_denied,
        FailureKind::wrong_credentials, FailureKind::changed, FailureKind::bad_range, FailureKind::refused,
        FailureKind::protocol, FailureKind::wrong_region, FailureKind::clock_skew})
    EXPECT_EQ(next_step(failure(kind), after(1), RetryPolicy(), 0.5).verdict, RetryVerdict::give_up) << to_string(kind);
}

TEST(Retry, gives_up_after_the_last_attempt) {
  RetryPolicy policy;
  policy.attempts = 3;
  EXPECT_EQ(next_step(failure(FailureKind::slow_down), after(2), policy, 0).verdict, RetryVerdict::wait);
  EXPECT_EQ(next_step(failure(FailureKind::slow_down), after(3), policy, 0).verdict, RetryVerdict::give_up);
}

TEST(Retry, jitters_between_nothing_and_a_doubling_bound) {
  RetryPolicy policy;
  policy.base = 100ms;
  policy.cap = 1000ms;
  policy.attempts = 100;
  auto const busy = failure(FailureKind::slow_down);
  EXPECT_EQ(next_step(busy, after(1), policy, 0).wait, 0ms);
  EXPECT_EQ(next_step(busy, after(1), policy, almost_one).wait, 99ms);
  EXPECT_EQ(next_step(busy, after(2), policy, 0.5).wait, 100ms);
  EXPECT_EQ(next_step(busy, after(4), policy, 0.5).wait, 400ms);
  EXPECT_EQ(next_step(busy, after(5), policy, almost_one).wait, 999ms) << "the cap";
  EXPECT_EQ(next_step(busy, after(90), policy, almost_one).wait, 999ms) << "and no overflow";
}

TEST(Retry, never_comes_back_before_retry_after) {
  auto busy = failure(FailureKind::slow_down);
  busy.retry_after = 7s;
  EXPECT_EQ(next_step(busy, after(1), RetryPolicy(), 0).wait, 7s);
  busy.retry_after = 1ms;
  EXPECT_GT(next_step(busy, after(1), RetryPolicy(), almost_one).wait, 100ms);
  busy.retry_after = 2h;
  EXPECT_EQ(next_step(busy, after(1), RetryPolicy(), 0).verdict, RetryVerdict::give_up) << "the caller comes back";
}

TEST(Retry, learns_the_clock_once) {
  auto skewed = failure(FailureKind::clock_skew);
  skewed.server_time = core::from_ms(1);
  auto history = after(1);
  EXPECT_EQ(next_step(skewed, history, RetryPolicy(), 0).verdict, RetryVerdict::correct_clock);
  history.clock_corrected = true;
  EXPECT_EQ(next_step(skewed, history, RetryPolicy(), 0).verdict, RetryVerdict::give_up);
}

TEST(Retry, learns_the_region_once_and_only_if_it_is_told) {
  auto elsewhere = failure(FailureKind::wrong_region);
  auto history = after(1);
  EXPECT_EQ(next_step(elsewhere, history, RetryPolicy(), 0).verdict, RetryVerdict::give_up);
  elsewhere.region = "eu-west-1";
  EXPECT_EQ(next_step(elsewhere, history, RetryPolicy(), 0).verdict, RetryVerdict::change_region);
  history.region_corrected = true;
  EXPECT_EQ(next_step(elsewhere, history, RetryPolicy(), 0).verdict, RetryVerdict::give_up);
}

TEST(Retry, renews_expired_credentials_once) {
  auto const expired = failure(FailureKind::expired_credentials);
  auto history = after(1);
  EXPECT_EQ(next_step(expired, history, RetryPolicy(), 0).verdict, RetryVerdict::renew_credentials);
  history.credentials_renewed = true;
  EXPECT_EQ(next_step(expired, history, RetryPolicy(), 0).verdict, RetryVerdict::give_up);
}

}  // namespace
