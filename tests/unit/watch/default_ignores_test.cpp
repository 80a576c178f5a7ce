#include "watch/default_ignores.hpp"

#include <gtest/gtest.h>

namespace {

TEST(DefaultIgnores, leave_out_what_is_not_finished) {
  for (auto const* name :
       {".data.csv.Ab3xYz", ".~tmp~", "x.part", "x.partial", "x.filepart", "x.crdownload", "x.tmp", "x~", ".x.swp",
        ".nfs000001", ".goutputstream-AB12CD", ".syncthing.x.csv", ".fuse_hidden0001"})
    EXPECT_FALSE(watch::default_ignored(name).empty()) << name;
}

TEST(DefaultIgnores, take_everything_else) {
  for (auto const* name : {"data.csv", ".hidden", "part", "tmp", "a.tmpl", "~", ".part", "x.csv~1", "data.csv.Ab3xYz",
                           ".a.Ab-xYz", "", ".", "nfs0001", "\xff\xfe"})
    EXPECT_TRUE(watch::default_ignored(name).empty()) << name;
}

TEST(DefaultIgnores, look_at_every_part_of_a_key) {
  EXPECT_FALSE(watch::default_ignored_key("a/.~tmp~/b.csv").empty());
  EXPECT_FALSE(watch::default_ignored_key("a/b.part").empty());
  EXPECT_TRUE(watch::default_ignored_key("a/b/c.csv").empty());
}

}  // namespace
