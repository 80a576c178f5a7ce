#include "domain/backoff.hpp"

#include <gtest/gtest.h>

#include <set>

namespace {

using domain::backoff_delay;
using namespace std::chrono_literals;

TEST(Backoff, doubles_up_to_its_bound) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    auto expected = 30'000ms;
    for (int attempt = 1; attempt <= 200; ++attempt) {
      auto const delay = backoff_delay(30s, attempt, seed);
      ASSERT_LE(delay, expected);
      ASSERT_GE(delay, expected - expected / 5);
      expected = std::min<std::chrono::milliseconds>(expected * 2, 10min);
    }
  }
}

TEST(Backoff, a_base_past_the_bound_is_its_own_bound) {
  EXPECT_LE(backoff_delay(1h, 9, 1), 1h);
  EXPECT_GE(backoff_delay(1h, 9, 1), 48min);
}

TEST(Backoff, the_same_arguments_give_the_same_pause) {
  EXPECT_EQ(backoff_delay(30s, 3, 42), backoff_delay(30s, 3, 42));
}

TEST(Backoff, runs_that_failed_together_come_back_apart) {
  std::set<std::chrono::milliseconds> pauses;
  for (std::uint64_t run = 0; run < 100; ++run) pauses.insert(backoff_delay(30s, 1, run));
  EXPECT_GT(pauses.size(), 90U);
}

TEST(Backoff, zero_stays_zero) {
  EXPECT_EQ(backoff_delay(0ms, 50, 7), 0ms);
}

}  // namespace
