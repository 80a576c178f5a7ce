#include "domain/expectation.hpp"

#include <gtest/gtest.h>

#include "domain/time_zone.hpp"

namespace domain {
namespace {

using namespace std::chrono_literals;
using core::Wall;

/// A moment in UTC.
Wall utc(int year, unsigned month, unsigned day, int hour = 0, int minute = 0) {
  auto const date = std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day);
  return Wall(std::chrono::sys_days(date)) + std::chrono::hours(hour) + std::chrono::minutes(minute);
}
std::string text(Wall at) {
  return core::to_rfc3339(at).substr(0, 16);
}

ExpectSpec daily(int hour, int minute, std::string zone = "UTC", std::vector<int> days = {0, 1, 2, 3, 4, 5, 6}) {
  ExpectSpec spec;
  spec.by_minute = hour * 60 + minute;
  spec.timezone = std::move(zone);
  spec.days = std::move(days);
  return spec;
}
ExpectSpec every(std::chrono::milliseconds age) {
  ExpectSpec spec;
  spec.at_least_every = age;
  return spec;
}

TEST(TimeZone, knows_the_names_of_tzdata_and_no_others) {
  EXPECT_TRUE(is_time_zone("Europe/Berlin"));
  EXPECT_TRUE(is_time_zone("UTC"));
  for (auto const* const name : {"", "Europe/Atlantis", "../../etc/passwd", "/etc/localtime", "posixrules\n"})
    EXPECT_FALSE(is_time_zone(name)) << name;
}

TEST(TimeZone, a_local_time_in_the_gap_is_the_gaps_end) {
  // 2026-03-29 02:00 -> 03:00 in Berlin, 2026-03-08 02:00 -> 03:00 in New York.
  using namespace std::chrono;
  EXPECT_EQ(text(wall_of("Europe/Berlin", local_days(2026y / March / 29), 2h + 30min)), "2026-03-29T01:00");
  EXPECT_EQ(text(wall_of("Europe/Berlin", local_days(2026y / March / 29), 3h)), "2026-03-29T01:00");
  EXPECT_EQ(text(wall_of("America/New_York", local_days(2026y / March / 8), 2h + 1min)), "2026-03-08T07:00");
}

TEST(TimeZone, a_doubled_local_time_is_its_first_coming) {
  // 2026-10-25 03:00 -> 02:00 in Berlin, 2026-11-01 02:00 -> 01:00 in New York.
  using namespace std::chrono;
  EXPECT_EQ(text(wall_of("Europe/Berlin", local_days(2026y / October / 25), 2h + 30min)), "2026-10-25T00:30");
  EXPECT_EQ(text(wall_of("America/New_York", local_days(2026y / November / 1), 1h + 30min)), "2026-11-01T05:30");
}

TEST(Deadline, follows_the_clock_on_the_wall_across_summer_time) {
  auto const berlin = daily(7, 30, "Europe/Berlin");
  EXPECT_EQ(text(deadline_after(berlin, utc(2026, 3, 28, 12))), "2026-03-29T05:30");  // +02:00 since that morning
  EXPECT_EQ(text(deadline_up_to(berlin, utc(2026, 3, 28, 12))), "2026-03-28T06:30");
  EXPECT_EQ(text(deadline_after(berlin, utc(2026, 10, 24, 12))), "2026-10-25T06:30");  // +01:00 again
  auto const new_york = daily(7, 30, "America/New_York");
  EXPECT_EQ(text(deadline_after(new_york, utc(2026, 3, 7, 23))), "2026-03-08T11:30");
  EXPECT_EQ(text(deadline_after(new_york, utc(2026, 10, 31, 23))), "2026-11-01T12:30");
}

TEST(Deadline, in_the_gap_and_in_the_doubled_hour_comes_once) {
  auto const gap = daily(2, 30, "Europe/Berlin");
  EXPECT_EQ(text(deadline_after(gap, utc(2026, 3, 28, 12))), "2026-03-29T01:00");
  EXPECT_EQ(text(deadline_after(gap, utc(2026, 3, 29, 1))), "2026-03-30T00:30");
  EXPECT_EQ(text(deadline_after(gap, utc(2026, 10, 24, 12))), "2026-10-25T00:30");
  EXPECT_EQ(text(deadline_after(gap, utc(2026, 10, 25, 0, 30))), "2026-10-26T01:30");  // not an hour later again
  EXPECT_EQ(text(deadline_up_to(gap, utc(2026, 10, 25, 1, 30))), "2026-10-25T00:30");
}

TEST(Deadline, leaves_out_the_days_that_are_not_listed) {
  auto const workdays = daily(7, 30, "UTC", {1, 2, 3, 4, 5});
  EXPECT_EQ(text(deadline_after(workdays, utc(2026, 11, 20, 8))), "2026-11-23T07:30");  // Friday -> Monday
  EXPECT_EQ(text(deadline_up_to(workdays, utc(2026, 11, 22, 8))), "2026-11-20T07:30");
  auto const sundays = daily(0, 0, "UTC", {0});
  EXPECT_EQ(text(deadline_after(sundays, utc(2026, 11, 22))), "2026-11-29T00:00");
  EXPECT_EQ(text(deadline_up_to(sundays, utc(2026, 11, 22))), "2026-11-22T00:00");
}

TEST(Deadline, each_is_the_next_of_the_one_before) {
  for (auto const* const zone : {"Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "UTC"})
    for (auto const minute : {0, 90, 150, 23 * 60 + 59}) {
      auto const spec = daily(minute / 60, minute % 60, zone, {0, 2, 6});
      auto at = utc(2026, 1, 1);
      for (int i = 0; i < 200; ++i) {
        auto const next = deadline_after(spec, at);
        ASSERT_GT(next, at) << zone;
        ASSERT_EQ(deadline_up_to(spec, next), next) << zone;
        ASSERT_EQ(deadline_up_to(spec, next - 1ms), i == 0 ? deadline_up_to(spec, at) : at) << zone;
        at = next;
      }
    }
}

TEST(Expectation, a_new_pipeline_is_not_overdue_before_its_first_deadline) {
  auto const now = utc(2026, 11, 23, 8);
  auto state = expect_from(every(26h), now);
  EXPECT_EQ(state.expected, now + 26h);
  EXPECT_EQ(look(every(26h), state, {}, now + 26h - 1ms), ExpectNews::none);
  EXPECT_EQ(look(every(26h), state, {}, now + 26h), ExpectNews::overdue);
  EXPECT_EQ(state.overdue, now + 26h);
  EXPECT_EQ(look(every(26h), state, {}, now + 99h), ExpectNews::none) << "it is told once";
}

TEST(Expectation, data_moves_what_is_expected_next) {
  auto const start = utc(2026, 11, 23, 8);
  auto const rule = every(26h);
  auto state = expect_from(rule, start);
  EXPECT_EQ(look(rule, state, start + 10h, start + 11h), ExpectNews::none);
  EXPECT_EQ(state.expected, start + 36h);
  EXPECT_EQ(look(rule, state, start + 10h, start + 36h), ExpectNews::overdue);
  EXPECT_EQ(look(rule, state, start + 40h, start + 41h), ExpectNews::recovered);
  EXPECT_EQ(state.expected, start + 66h);
  EXPECT_FALSE(state.overdue);
}

TEST(Expectation, old_data_that_succeeds_late_makes_nothing_fresh) {
  auto const start = utc(2026, 11, 23, 8);
  auto const rule = every(24h);
  auto state = expect_from(rule, start);
  ASSERT_EQ(look(rule, state, {}, start + 24h), ExpectNews::overdue);
  EXPECT_EQ(look(rule, state, start + 1h, start + 48h), ExpectNews::none) << "its data is 47 hours old";
  EXPECT_TRUE(state.overdue);
  EXPECT_EQ(look(rule, state, start + 47h, start + 49h), ExpectNews::recovered);
}

TEST(Expectation, by_the_clock_it_wants_enough_items_since_the_deadline_before) {
  auto const rule = daily(7, 30);
  auto state = expect_from(rule, utc(2026, 11, 23, 8));
  EXPECT_EQ(text(state.expected), "2026-11-24T07:30");
  EXPECT_EQ(look(rule, state, utc(2026, 11, 24, 6), utc(2026, 11, 24, 7, 30)), ExpectNews::none);
  EXPECT_EQ(text(state.expected), "2026-11-25T07:30");
  EXPECT_EQ(look(rule, state, utc(2026, 11, 24, 6), utc(2026, 11, 25, 7, 30)), ExpectNews::overdue);
  EXPECT_EQ(look(rule, state, utc(2026, 11, 24, 6), utc(2026, 11, 26, 7, 30)), ExpectNews::none);
  EXPECT_EQ(text(state.expected), "2026-11-26T07:30") << "the newest one that was missed";
  EXPECT_EQ(text(*state.overdue), "2026-11-25T07:30") << "since when";
  EXPECT_EQ(look(rule, state, utc(2026, 11, 26, 9), utc(2026, 11, 26, 9, 1)), ExpectNews::recovered);
  EXPECT_EQ(text(state.expected), "2026-11-27T07:30");
}

TEST(Expectation, after_a_long_sleep_only_the_last_deadline_counts) {
  auto const rule = daily(7, 30);
  auto state = expect_from(rule, utc(2026, 11, 20, 8));
  EXPECT_EQ(look(rule, state, utc(2026, 11, 25, 7), utc(2026, 11, 25, 8)), ExpectNews::none);
  EXPECT_EQ(text(state.expected), "2026-11-26T07:30");
}

TEST(Expectation, a_clock_that_is_set_back_ends_no_overdue) {
  auto const start = utc(2026, 11, 23, 8);
  for (auto const& rule : {every(24h), daily(7, 30)}) {
    auto state = expect_from(rule, start);
    ASSERT_EQ(look(rule, state, {}, start + 48h), ExpectNews::overdue);
    EXPECT_EQ(look(rule, state, {}, start + 1h), ExpectNews::none);
    EXPECT_TRUE(state.overdue);
    EXPECT_EQ(look(rule, state, start + 49h, start + 49h), ExpectNews::recovered);
  }
}

TEST(Expectation, times_of_a_clock_that_was_ahead_put_nothing_off) {
  auto const now = utc(2026, 11, 23, 8);
  auto const ahead = utc(2030, 1, 1);
  auto old = expect_from(every(24h), ahead);
  EXPECT_EQ(look(every(24h), old, ahead, now), ExpectNews::none);
  EXPECT_EQ(old.expected, now + 24h);
  auto clock = Expectation{now, deadline_after(daily(7, 30), ahead), {}};
  EXPECT_EQ(look(daily(7, 30), clock, ahead, now), ExpectNews::none);
  EXPECT_EQ(text(clock.expected), "2026-11-24T07:30");
}

TEST(StepGuard, holds_after_the_start_and_after_a_jump_of_the_wall_clock) {
  StepGuard guard(1min, 15min);
  core::Steady const steady{1000h};
  auto const wall = utc(2026, 11, 23, 8);
  EXPECT_EQ(guard.hold(wall, steady), steady + 1min);
  EXPECT_FALSE(guard.hold(wall + 1min, steady + 1min));
  EXPECT_FALSE(guard.hold(wall + 1min + 20s, steady + 1min)) << "a correction of some seconds";
  auto const jumped = guard.hold(wall + 5h, steady + 2min);
  EXPECT_EQ(jumped, steady + 17min);
  EXPECT_EQ(guard.hold(wall + 5h + 14min, steady + 16min), steady + 17min);
  EXPECT_FALSE(guard.hold(wall + 5h + 15min, steady + 17min));
  EXPECT_TRUE(guard.hold(wall, steady + 18min)) << "and back";
}

TEST(StepGuard, lets_a_slewed_clock_pass_over_a_long_pause) {
  StepGuard guard(0min, 15min);
  core::Steady const steady{1000h};
  auto const wall = utc(2026, 11, 23, 8);
  EXPECT_FALSE(guard.hold(wall, steady));
  EXPECT_FALSE(guard.hold(wall + 240h + 2min, steady + 240h));
  EXPECT_TRUE(guard.hold(wall + 250h + 12min, steady + 250h));
}

TEST(ExpectText, reads_like_the_file) {
  EXPECT_EQ(to_text(every(26h)), "at least every 1d2h");
  auto rule = daily(7, 5, "Europe/Berlin", {1, 5});
  rule.min = 200;
  EXPECT_EQ(to_text(rule), "by 07:05 Europe/Berlin on mon, fri, at least 200");
  EXPECT_EQ(to_text(daily(23, 59)), "by 23:59 UTC");
}

}  // namespace
}  // namespace domain
