#include "api/badge.hpp"

#include <gmock/gmock.h>

namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Badge, shows_hostile_text_as_text) {
  api::Badge const badge{"<script>alert(1)</script>", "\"& \xff", api::Badge::Look::bad};
  auto const svg = api::to_svg(badge);
  EXPECT_THAT(svg, Not(HasSubstr("<script")));
  EXPECT_THAT(svg, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(svg, HasSubstr("&quot;&amp; "));
}

TEST(Badge, is_of_bounded_size) {
  api::Badge const badge{std::string(100'000, 'x'), std::string(100'000, 'y'), api::Badge::Look::good};
  EXPECT_LT(api::to_svg(badge).size(), 2000U);
  EXPECT_LT(api::to_shields_json(badge).size(), 500U);
}

TEST(Badge, is_what_shields_reads) {
  EXPECT_EQ(api::to_shields_json({"qc", "succeeded", api::Badge::Look::good}),
            R"({"schemaVersion":1,"label":"qc","message":"succeeded","color":"green"})");
}

}  // namespace
