#include "domain/params.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using domain::ParamOverride;
using domain::ParamSpec;
using domain::resolve_params;
using domain::Value;
using domain::ValueType;
using testing::HasSubstr;

std::vector<ParamSpec> specs() {
  std::vector<ParamSpec> list(3);
  list[0].name = "threshold";
  list[0].type = ValueType::real;
  list[0].default_value = 2.5;
  list[0].min = 0;
  list[0].max = 10;
  list[1].name = "region";
  list[1].type = ValueType::string;
  list[1].choices = {Value{std::string("EMEA")}, Value{std::string("APAC")}};
  list[1].help = "where the data comes from";
  list[2].name = "n";
  list[2].type = ValueType::integer;
  list[2].default_value = std::int64_t{1};
  return list;
}

TEST(Params, overlays_defaults_in_the_order_of_the_pipeline) {
  auto const resolved = resolve_params(specs(), {{"region", {"APAC"}}, {"threshold", {"3"}}});
  ASSERT_TRUE(resolved.errors.empty());
  ASSERT_EQ(resolved.params.size(), 3U);
  EXPECT_EQ(resolved.params[0].value, Value{3.0});
  EXPECT_TRUE(resolved.params[0].from_user);
  EXPECT_EQ(resolved.params[1].value, Value{std::string("APAC")});
  EXPECT_EQ(resolved.params[2].name, "n");
  EXPECT_FALSE(resolved.params[2].from_user);
}

TEST(Params, takes_json_values) {
  auto const resolved = resolve_params(
      specs(), {{"region", {"\"EMEA\"", ParamOverride::Form::json}}, {"n", {"12", ParamOverride::Form::json}}});
  ASSERT_TRUE(resolved.errors.empty());
  EXPECT_EQ(resolved.params[2].value, Value{std::int64_t{12}});
}

TEST(Params, tells_all_errors_at_once) {
  auto const resolved = resolve_params(specs(), {{"treshold", {"1"}}, {"threshold", {"11"}}, {"n", {"1.5"}}});
  EXPECT_TRUE(resolved.params.empty());
  ASSERT_EQ(resolved.errors.size(), 4U);
  EXPECT_EQ(resolved.errors[0].hint, "did you mean 'threshold'?");
  EXPECT_THAT(resolved.errors[1].message, HasSubstr("11 is above max 10"));
  EXPECT_THAT(resolved.errors[2].message, HasSubstr("'region' has no default"));
  EXPECT_THAT(resolved.errors[2].hint, HasSubstr("where the data comes from"));
  EXPECT_THAT(resolved.errors[3].message, HasSubstr("'1.5' is not a whole number"));
}

TEST(Params, keeps_to_bounds_and_choices) {
  EXPECT_THAT(resolve_params(specs(), {{"region", {"MARS"}}}).errors.at(0).message,
              HasSubstr("not one of: EMEA, APAC"));
  EXPECT_THAT(resolve_params(specs(), {{"region", {"EMEA"}}, {"threshold", {"-0.1"}}}).errors.at(0).message,
              HasSubstr("below min 0"));
}

TEST(Params, a_pipeline_without_parameters_says_so) {
  EXPECT_EQ(resolve_params({}, {{"x", {"1"}}}).errors.at(0).hint, "this pipeline has no parameters");
}

TEST(Params, become_the_json_file_of_the_container) {
  auto const resolved = resolve_params(specs(), {{"region", {"EMEA"}}});
  EXPECT_EQ(domain::params_json(resolved.params), "{\"threshold\": 2.5, \"region\": \"EMEA\", \"n\": 1}\n");
}

}  // namespace
