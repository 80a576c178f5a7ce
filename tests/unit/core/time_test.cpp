#include "core/time.hpp"

#include <gtest/gtest.h>

namespace {

TEST(Time, is_written_as_rfc_3339) {
  EXPECT_EQ(core::to_rfc3339(core::from_ms(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(core::to_rfc3339(core::from_ms(1'795'341'600'123)), "2026-11-22T10:00:00.123Z");
  EXPECT_EQ(core::to_rfc3339(core::from_ms(951'782'399'999)), "2000-02-28T23:59:59.999Z");
  EXPECT_EQ(core::to_rfc3339(core::from_ms(951'782'400'000)), "2000-02-29T00:00:00.000Z");
  EXPECT_EQ(core::to_rfc3339(core::from_ms(253'402'300'799'999)), "9999-12-31T23:59:59.999Z");
}

TEST(Time, is_read_as_a_date_or_as_rfc_3339) {
  EXPECT_EQ(core::parse_time("2026-11-22"), core::parse_time("2026-11-22T00:00:00Z"));
  EXPECT_EQ(core::parse_time("2026-11-22T10:00:00Z"), core::from_ms(1'795'341'600'000));
  EXPECT_EQ(core::parse_time("2026-11-22T11:00:00.999+01:00"), core::from_ms(1'795'341'600'000));
  for (auto const* const text : {"", "2026", "2026-13-01", "2026-02-30", "2026-11-22T", "2026-11-22T25:00:00Z",
                                 "2026-11-22T10:00:00", "2026-11-22T10:00:00+1", "-026-11-22", "2026-11-22x"})
    EXPECT_FALSE(core::parse_time(text)) << text;
}

TEST(Time, before_the_epoch_rounds_down) {
  EXPECT_EQ(core::to_rfc3339(core::from_ms(-1)), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(core::to_rfc3339(core::from_ms(-1000)), "1969-12-31T23:59:59.000Z");
}

TEST(Time, keeps_its_milliseconds) {
  for (std::int64_t const ms : {std::int64_t{0}, std::int64_t{-5}, std::int64_t{1'795'341'600'123}})
    EXPECT_EQ(core::to_ms(core::from_ms(ms)), ms);
}

TEST(SystemClock, never_runs_backwards) {
  core::SystemClock const clock;
  auto last = clock.steady();
  for (int i = 0; i < 1000; ++i) {
    auto const now = clock.steady();
    EXPECT_GE(now, last);
    last = now;
  }
  EXPECT_GT(clock.wall(), core::from_ms(1'700'000'000'000));
}

}  // namespace
