#include "api/access.hpp"

#include <grp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

namespace {

using config::Access;
using Granted = std::map<std::uint32_t, Access>;

TEST(Access, takes_the_highest_of_what_the_groups_are_granted) {
  Granted const granted{{10, Access::read}, {20, Access::operate}};
  EXPECT_EQ(api::highest(granted, {5, 10}), Access::read);
  EXPECT_EQ(api::highest(granted, {10, 20}), Access::operate);
  EXPECT_EQ(api::highest(granted, {20, 10, 5}), Access::operate);
}

TEST(Access, is_nothing_where_no_group_is_named) {
  EXPECT_EQ(api::highest({{10, Access::operate}}, {1, 2, 3}), std::nullopt);
  EXPECT_EQ(api::highest({{10, Access::operate}}, {}), std::nullopt);
  EXPECT_EQ(api::highest({}, {0}), std::nullopt);
}

TEST(Access, finds_the_groups_of_a_real_user_with_the_primary_one) {
  auto const groups = api::groups_of(0);
  EXPECT_NE(std::find(groups.begin(), groups.end(), 0U), groups.end());
}

TEST(Access, gives_a_user_that_does_not_exist_no_groups) {
  EXPECT_TRUE(api::groups_of(3'999'999'999U).empty());
}

TEST(Access, grants_nothing_through_a_group_that_does_not_exist) {
  EXPECT_TRUE(api::resolve_groups({{"no-such-group-anywhere", Access::operate}}).empty());
  auto const granted = api::resolve_groups({{"root", Access::read}, {"no-such-group-anywhere", Access::operate}});
  ASSERT_EQ(granted.size(), 1U);
  EXPECT_EQ(granted.at(0), Access::read);
}

}  // namespace
