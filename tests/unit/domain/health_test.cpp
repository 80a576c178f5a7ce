#include "domain/health.hpp"

#include <gtest/gtest.h>

namespace domain {
namespace {

OutputSpec bounded(std::string name, std::optional<double> above, std::optional<double> below = {}) {
  OutputSpec output;
  output.name = std::move(name);
  output.alert_above = above;
  output.alert_below = below;
  return output;
}

TEST(Health, tells_of_the_first_failure_and_of_the_first_good_end_after_it) {
  bool failing = false;
  EXPECT_EQ(on_end(failing, RunState::succeeded), HealthNews::none);
  EXPECT_EQ(on_end(failing, RunState::timed_out), HealthNews::failed);
  EXPECT_EQ(on_end(failing, RunState::failed), HealthNews::none);
  EXPECT_EQ(on_end(failing, RunState::rejected), HealthNews::none);
  EXPECT_EQ(on_end(failing, RunState::succeeded), HealthNews::recovered);
  EXPECT_EQ(on_end(failing, RunState::interrupted), HealthNews::failed);
}

TEST(Health, ends_that_say_nothing_change_nothing) {
  for (bool const was : {false, true})
    for (auto const end : {RunState::cancelled, RunState::outdated, RunState::skipped}) {
      bool failing = was;
      EXPECT_EQ(on_end(failing, end), HealthNews::none);
      EXPECT_EQ(failing, was);
    }
}

TEST(Health, a_value_on_its_bound_is_within_it) {
  auto const output = bounded("t", 60.5, -60);
  EXPECT_FALSE(beyond(output, Value(60.5)));
  EXPECT_FALSE(beyond(output, Value(std::int64_t{-60})));
  EXPECT_EQ(beyond(output, Value(60.6)), Bound::above);
  EXPECT_EQ(beyond(output, Value(std::int64_t{-61})), Bound::below);
  EXPECT_FALSE(beyond(output, Value()));
}

TEST(Health, a_crossing_is_told_once_and_so_is_its_end) {
  std::vector<OutputSpec> const outputs{bounded("n", 50), bounded("free", {}, 3), bounded("plain", {})};
  auto const first =
      crossings(outputs, {{"n", Value(std::int64_t{51})}, {"free", Value(9.0)}, {"plain", Value(1e9)}}, {});
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].output.name, "n");
  EXPECT_EQ(first[0].bound, Bound::above);
  std::map<std::string, Bound> const open{{"n", Bound::above}};
  EXPECT_TRUE(crossings(outputs, {{"n", Value(std::int64_t{99})}, {"free", Value(9.0)}}, open).empty());
  auto const over = crossings(outputs, {{"n", Value(std::int64_t{50})}, {"free", Value(2.0)}}, open);
  ASSERT_EQ(over.size(), 2U);
  EXPECT_FALSE(over[0].bound);
  EXPECT_EQ(over[1].bound, Bound::below);
}

TEST(Health, an_output_that_is_not_given_any_more_is_not_beyond_its_bound) {
  auto const over = crossings({bounded("n", 50)}, {}, {{"n", Bound::above}});
  ASSERT_EQ(over.size(), 1U);
  EXPECT_FALSE(over[0].bound);
  EXPECT_EQ(over[0].value, Value());
}

TEST(Health, an_output_that_jumps_from_one_bound_to_the_other_is_told_again) {
  auto const found = crossings({bounded("t", 10, -10)}, {{"t", Value(-11.0)}}, {{"t", Bound::above}});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].bound, Bound::below);
}

}  // namespace
}  // namespace domain
