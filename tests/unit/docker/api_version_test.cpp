#include "docker/api_version.hpp"

#include <gtest/gtest.h>

using docker::ApiVersion;
using docker::negotiate;

TEST(ApiVersion, compares_by_number_and_not_by_text) {
  EXPECT_LT(*ApiVersion::parse("1.9"), *ApiVersion::parse("1.41"));
  EXPECT_LT(*ApiVersion::parse("1.99"), *ApiVersion::parse("2.0"));
  EXPECT_EQ(ApiVersion::parse("1.41")->to_string(), "1.41");
  for (char const* const text : {"", "1", "1.", ".1", "1.x", "-1.2", "1.2.3"})
    EXPECT_FALSE(ApiVersion::parse(text)) << text;
}

TEST(ApiVersion, is_the_smaller_of_both_newest) {
  EXPECT_EQ(negotiate(ApiVersion{1, 12}, ApiVersion{1, 41})->to_string(), "1.41");
  EXPECT_EQ(negotiate(ApiVersion{1, 44}, ApiVersion{1, 52})->to_string(), "1.47");
}

TEST(ApiVersion, case_53_says_who_must_be_upgraded) {
  auto const old_engine = negotiate(ApiVersion{1, 12}, ApiVersion{1, 38});
  ASSERT_FALSE(old_engine);
  EXPECT_EQ(old_engine.error().code, core::Errc::unsupported);
  EXPECT_EQ(old_engine.error().hint, "upgrade the engine");
  auto const new_engine = negotiate(ApiVersion{1, 48}, ApiVersion{1, 60});
  ASSERT_FALSE(new_engine);
  EXPECT_NE(new_engine.error().operation.find("1.48"), std::string::npos);
}
