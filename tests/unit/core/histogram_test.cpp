#include "core/histogram.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace core {
namespace {

TEST(Histogram, a_bound_counts_what_is_at_most_so_large) {
  static constexpr std::array<double, 3> bounds{0.5, 1, 5};
  Histogram histogram(bounds);
  for (double const value : {0.25, 0.5, 0.75, 2.0, 6.0}) histogram.add(value);
  EXPECT_THAT(histogram.upto(), testing::ElementsAre(2, 3, 4));
  EXPECT_EQ(histogram.count(), 5);
  EXPECT_EQ(histogram.sum(), 9.5);
}

}  // namespace
}  // namespace core
