#include "domain/alert.hpp"

#include <gtest/gtest.h>

namespace {

using domain::crossed_bound;

TEST(Alert, is_beyond_a_bound_and_not_on_it) {
  domain::OutputSpec output;
  output.alert_above = 50;
  output.alert_below = -2.5;
  EXPECT_EQ(crossed_bound(output, std::int64_t{51}), "above");
  EXPECT_EQ(crossed_bound(output, std::int64_t{50}), "");
  EXPECT_EQ(crossed_bound(output, -2.6), "below");
  EXPECT_EQ(crossed_bound(output, -2.5), "");
}

TEST(Alert, is_about_numbers_with_a_bound_alone) {
  domain::OutputSpec output;
  EXPECT_EQ(crossed_bound(output, 1e300), "");
  output.alert_above = 0;
  EXPECT_EQ(crossed_bound(output, std::string("1")), "");
  EXPECT_EQ(crossed_bound(output, true), "");
  EXPECT_EQ(crossed_bound(output, {}), "");
}

}  // namespace
