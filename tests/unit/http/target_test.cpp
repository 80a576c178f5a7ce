#include "http/target.hpp"

#include <gtest/gtest.h>

using http::parse_target;
using http::Target;

TEST(Target, splits_path_and_query_and_decodes_the_query_only) {
  Target target;
  ASSERT_TRUE(parse_target("/a%2Fb/c?x=1&y=a+b%26c&x=2&flag&=v", target));
  EXPECT_EQ(target.path, "/a%2Fb/c");
  EXPECT_EQ(target.query.count("x"), 2U);
  EXPECT_EQ(target.query.find("y")->second, "a b&c");
  EXPECT_EQ(target.query.find("flag")->second, "");
  EXPECT_EQ(target.query.find("")->second, "v");
}

TEST(Target, refuses_other_forms_than_a_path) {
  Target target;
  for (char const* const text : {"", "*", "http://host/a", "host:80"}) EXPECT_FALSE(parse_target(text, target)) << text;
}

TEST(Target, decodes_segments_after_the_split) {
  std::vector<std::string> const expected{"a", "b/c", ""};
  EXPECT_EQ(http::split_path("/a/b%2Fc/"), expected);
  EXPECT_EQ(http::split_path("/"), std::vector<std::string>{""});
}
