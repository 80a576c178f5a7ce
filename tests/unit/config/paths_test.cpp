#include "config/paths.hpp"

#include <gtest/gtest.h>

namespace {

using config::is_normal_absolute;
using config::normalized;
using config::overlaps;

TEST(Paths, have_one_normal_spelling) {
  for (auto const* path : {"/", "/srv", "/srv/data", "/srv/...", "/srv/.hidden"})
    EXPECT_TRUE(is_normal_absolute(path)) << path;
  for (auto const* path : {"", "srv", "//", "/srv/", "/srv//a", "/./a", "/a/..", "/a/.", "./a"})
    EXPECT_FALSE(is_normal_absolute(path)) << path;
  EXPECT_EQ(normalized("/srv/../../etc//x/./y/"), "/etc/x/y");
  EXPECT_EQ(normalized("/.."), "/");
}

TEST(Paths, overlap_if_one_contains_the_other) {
  EXPECT_TRUE(overlaps("/srv", "/srv"));
  EXPECT_TRUE(overlaps("/srv", "/srv/data"));
  EXPECT_TRUE(overlaps("/srv/data", "/srv"));
  EXPECT_TRUE(overlaps("/", "/anything"));
  EXPECT_FALSE(overlaps("/srv/data", "/srv/database"));
  EXPECT_FALSE(overlaps("/srv/a", "/srv/b"));
}

}  // namespace
