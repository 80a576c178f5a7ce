#include "http/rate_limit.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using http::RateLimit;

core::Steady const start{1h};

RateLimit limit(double per_second, double burst, std::size_t callers = 100) {
  return RateLimit({per_second, burst, callers});
}

TEST(RateLimit, gives_the_burst_at_once_and_then_as_time_passes) {
  auto limited = limit(8, 3);  // eighths are exact
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limited.take("a", start), 0ms);
  EXPECT_EQ(limited.take("a", start), 125ms);
  EXPECT_EQ(limited.take("a", start + 62500us), 63ms);
  EXPECT_EQ(limited.take("a", start + 125ms), 0ms);
  EXPECT_GT(limited.take("a", start + 125ms), 0ms);
}

TEST(RateLimit, never_saves_up_more_than_the_burst) {
  auto limited = limit(10, 3);
  EXPECT_EQ(limited.take("a", start), 0ms);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limited.take("a", start + 1h), 0ms);
  EXPECT_GT(limited.take("a", start + 1h), 0ms);
}

TEST(RateLimit, one_callers_haste_is_not_anothers) {
  auto limited = limit(1, 1);
  EXPECT_EQ(limited.take("a", start), 0ms);
  EXPECT_EQ(limited.take("a", start), 1000ms);
  EXPECT_EQ(limited.take("b", start), 0ms);
}

TEST(RateLimit, forgets_those_who_are_quiet_and_lets_the_rest_share) {
  auto limited = limit(1, 2, 3);
  for (auto const* const name : {"a", "b", "c"}) EXPECT_EQ(limited.take(name, start), 0ms);
  EXPECT_EQ(limited.take("d", start), 0ms);
  EXPECT_EQ(limited.take("e", start), 0ms);
  EXPECT_GT(limited.take("f", start), 0ms) << "d, e and f share a bucket of two";
  EXPECT_LE(limited.callers(), 4U);
  EXPECT_EQ(limited.take("f", start + 1min), 0ms);
  EXPECT_LE(limited.callers(), 2U) << "all the others are full again";
}

TEST(RateLimit, a_flood_of_names_costs_a_bounded_table) {
  auto limited = limit(100, 1000, 50);
  for (int i = 0; i < 10'000; ++i) (void)limited.take(std::to_string(i), start);
  EXPECT_LE(limited.callers(), 51U);
}

}  // namespace
