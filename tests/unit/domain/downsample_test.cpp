#include "domain/downsample.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace domain {
namespace {

TEST(Downsample, keeps_all_that_fit) {
  std::vector<double> const values{3, 1, 2};
  EXPECT_EQ(downsample(values, 400), (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_TRUE(downsample({}, 400).empty());
}

TEST(Downsample, never_gives_more_than_asked_for_and_never_loses_a_spike) {
  std::mt19937 random(3);
  for (std::size_t const many : {401U, 1000U, 99'999U}) {
    std::vector<double> values(many);
    for (auto& value : values) value = static_cast<double>(random() % 1000);
    auto const low = random() % many;
    auto const high = random() % many;
    values[low] = -5000;
    values[high] = 5000;
    for (std::size_t const points : {4U, 5U, 10U, 400U}) {
      auto const kept = downsample(values, points);
      EXPECT_LE(kept.size(), points);
      EXPECT_TRUE(std::ranges::is_sorted(kept));
      EXPECT_EQ(std::ranges::adjacent_find(kept), kept.end()) << "none twice";
      EXPECT_EQ(kept.front(), 0U);
      EXPECT_EQ(kept.back(), many - 1) << "the newest value is always there";
      EXPECT_NE(std::ranges::find(kept, high), kept.end());
      EXPECT_TRUE(high == low || std::ranges::find(kept, low) != kept.end());
    }
  }
}

TEST(Downsample, leaves_out_what_is_no_number) {
  auto const none = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(downsample(std::vector<double>{none, 1, none, 2}, 4), (std::vector<std::size_t>{1, 3}));
  EXPECT_TRUE(downsample(std::vector<double>(10, none), 4).empty());
  auto const infinite = std::numeric_limits<double>::infinity();
  EXPECT_EQ(downsample(std::vector<double>{1, infinite, 1, 1, -infinite, 1}, 4),
            (std::vector<std::size_t>{0, 1, 4, 5}));
}

TEST(Downsample, keeps_one_of_a_flat_line_in_each_stretch) {
  EXPECT_LE(downsample(std::vector<double>(1000, 7.0), 10).size(), 6U);
}

}  // namespace
}  // namespace domain
