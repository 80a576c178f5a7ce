#include "watch/miss_ratio.hpp"

#include <gtest/gtest.h>

#include <string>

namespace watch {
namespace {

using namespace std::chrono_literals;

class Misses : public testing::Test {
 protected:
  core::Steady now{1'000h};
  MissRatio ratio;
  MissRatio::Figures after(std::chrono::milliseconds wait) { return ratio.figures(now += wait); }
};

TEST_F(Misses, nothing_is_counted_before_the_first_hint) {
  ratio.found_by_pass("a", now);
  auto const figures = after(1h);
  EXPECT_FALSE(figures.alive);
  EXPECT_EQ(figures.changes, 0);
}

TEST_F(Misses, a_change_that_no_hint_tells_of_within_two_minutes_is_a_miss) {
  ratio.hinted("other", now);
  ratio.found_by_pass("a", now);
  EXPECT_EQ(after(2min).misses, 0) << "the hint may still come";
  auto const figures = after(1ms);
  EXPECT_EQ(figures.misses, 1);
  EXPECT_EQ(figures.ratio(), 1.0);
  EXPECT_TRUE(figures.too_many());
  EXPECT_TRUE(figures.alive);
}

TEST_F(Misses, a_hint_shortly_before_or_after_the_listing_makes_it_a_hit) {
  ratio.hinted("before", now);
  now += 119s;
  ratio.found_by_pass("before", now);
  ratio.found_by_pass("after", now);
  now += 119s;
  ratio.hinted("after", now);
  auto const figures = after(1h);
  EXPECT_EQ(figures.changes, 2);
  EXPECT_EQ(figures.misses, 0);
  EXPECT_TRUE(figures.alive);
  EXPECT_FALSE(figures.too_many());
}

TEST_F(Misses, an_old_hint_does_not_excuse_a_new_change) {
  ratio.hinted("a", now);
  now += 121s;
  ratio.found_by_pass("a", now);
  EXPECT_EQ(after(121s).misses, 1);
}

TEST_F(Misses, one_in_a_hundred_is_borne) {
  ratio.hinted("x", now);
  for (int i = 0; i < 99; ++i) ratio.found_by_hint("x", now);
  ratio.found_by_pass("missed", now);
  auto figures = after(3min);
  EXPECT_EQ(figures.changes, 100);
  EXPECT_FALSE(figures.too_many());
  ratio.found_by_pass("missed too", now);
  figures = after(3min);
  EXPECT_EQ(figures.misses, 2);
  EXPECT_TRUE(figures.too_many());
  EXPECT_TRUE(figures.alive);
}

TEST_F(Misses, the_window_slides_and_a_day_later_all_is_forgotten) {
  ratio.hinted("x", now);
  ratio.found_by_pass("missed", now);
  EXPECT_EQ(after(3min).misses, 1);
  for (int i = 0; i < 1000; ++i) ratio.found_by_hint("x", now);
  EXPECT_EQ(after(1ms).changes, 1000);
  EXPECT_EQ(after(1ms).misses, 0);
  auto const later = after(24h);
  EXPECT_FALSE(later.alive);
  EXPECT_EQ(later.changes, 0);
}

TEST_F(Misses, changes_that_nobody_wants_do_not_count) {
  MissRatio picky([](std::string_view key) { return key.ends_with(".csv"); });
  picky.hinted("a.csv", now);
  picky.found_by_pass("b.txt", now);
  picky.found_by_hint("c.txt", now);
  picky.found_by_pass("d.csv", now);
  EXPECT_EQ(picky.figures(now + 3min).changes, 1);
}

TEST_F(Misses, more_than_it_remembers_at_once_is_left_out_of_the_count) {
  MissRatio::Settings settings;
  settings.most_keys = 10;
  MissRatio small({}, settings);
  small.hinted("x", now);
  for (int i = 0; i < 1000; ++i) small.found_by_pass("k" + std::to_string(i), now);
  EXPECT_EQ(small.figures(now + 3min).changes, 10);
}

}  // namespace
}  // namespace watch
