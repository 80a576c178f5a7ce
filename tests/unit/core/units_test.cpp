#include "core/units.hpp"

#include <gtest/gtest.h>

#include <random>

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

TEST(Durations, are_read) {
  std::pair<char const*, milliseconds> const table[] = {
      {"0s", 0ms},
      {"0ms", 0ms},
      {"250ms", 250ms},
      {"2s", 2s},
      {"90s", 90s},
      {"1m", 1min},
      {"1h30m", 90min},
      {"30d", 720h},
      {"1d2h3m4s5ms", 93'784'005ms},
      {"1m500ms", 60'500ms},
      {"007s", 7s},
      {"36500d", 36500 * 24h},
      {"3153600000000ms", 36500 * 24h},
  };
  for (auto const& [text, duration] : table) EXPECT_EQ(core::parse_duration(text), duration) << text;
}

TEST(Durations, are_refused_where_they_are_not_clear) {
  for (auto const* const text : {"",
                                 " ",
                                 "5",
                                 "s",
                                 "ms",
                                 "-1s",
                                 "+1s",
                                 "1 s",
                                 " 1s",
                                 "1s ",
                                 "1.5s",
                                 "1S",
                                 "1M",
                                 "1min",
                                 "1sec",
                                 "1w",
                                 "1us",
                                 "30m1h",
                                 "1s1s",
                                 "5ms1s",
                                 "1h30",
                                 "1s-5ms",
                                 "0x10s",
                                 "1e3s",
                                 "36501d",
                                 "36500d1ms",
                                 "9223372036854775807ms",
                                 "9223372036854775808ms",
                                 "99999999999999999999d",
                                 "100000000000000000s",
                                 "1s\n"})
    EXPECT_EQ(core::parse_duration(text), std::nullopt) << text;
  EXPECT_EQ(core::parse_duration(std::string_view("1s\0", 3)), std::nullopt);
}

TEST(Durations, are_written_as_they_are_read) {
  EXPECT_EQ(core::format_duration(0ms), "0s");
  EXPECT_EQ(core::format_duration(90min), "1h30m");
  EXPECT_EQ(core::format_duration(61'001ms), "1m1s1ms");
  EXPECT_EQ(core::format_duration(24h), "1d");
  std::mt19937_64 random(1);
  for (int i = 0; i < 10'000; ++i) {
    milliseconds const duration{static_cast<std::int64_t>(random() % (std::uint64_t{36500} * 86'400'000)) >> (i % 40)};
    EXPECT_EQ(core::parse_duration(core::format_duration(duration)), duration) << duration.count();
  }
}

TEST(Bytes, are_read_with_powers_of_1024) {
  std::int64_t const k = 1024;
  std::pair<char const*, std::int64_t> const table[] = {
      {"0", 0},
      {"512", 512},
      {"512b", 512},
      {"1B", 1},
      {"1k", k},
      {"1K", k},
      {"1kb", k},
      {"1KB", k},
      {"1KiB", k},
      {"1kib", k},
      {"2g", 2 * k * k * k},
      {"1.5G", 3 * k * k * k / 2},
      {"1500Mb", 1500 * k * k},
      {"10GiB", 10 * k * k * k},
      {"3t", 3 * k * k * k * k},
      {"0.5k", 512},
      {".5k", 512},
      {"9223372036854775807", INT64_MAX},
      {"9007199254740993", 9007199254740993},
      {"8388607t", 8388607 * k * k * k * k},
  };
  for (auto const& [text, bytes] : table) EXPECT_EQ(core::parse_bytes(text), bytes) << text;
}

TEST(Bytes, are_refused_where_they_are_not_clear) {
  for (auto const* const text : {"",         " ",
                                 "b",        "k",
                                 "-1",       "+1",
                                 "1 k",      " 1",
                                 "1k ",      "1kk",
                                 "1ki",      "1ib",
                                 "1p",       "1e3",
                                 "0x10",     "1..5",
                                 ".",        "1.5.2",
                                 "inf",      "nan",
                                 "1,5g",     "9223372036854775808",
                                 "8388608t", "99999999999999999999t",
                                 "1.5e300",  "1\n"})
    EXPECT_EQ(core::parse_bytes(text), std::nullopt) << text;
}

TEST(Bytes, are_written_for_people) {
  EXPECT_EQ(core::format_bytes(0), "0 B");
  EXPECT_EQ(core::format_bytes(812), "812 B");
  EXPECT_EQ(core::format_bytes(1023), "1023 B");
  EXPECT_EQ(core::format_bytes(1024), "1.0 KiB");
  EXPECT_EQ(core::format_bytes(1536), "1.5 KiB");
  EXPECT_EQ(core::format_bytes(std::int64_t{3} << 29), "1.5 GiB");
  EXPECT_EQ(core::format_bytes(std::int64_t{5000} << 40), "5000.0 TiB");
}

TEST(PercentOrCount, is_read_and_applied) {
  EXPECT_EQ(core::parse_percent_or_count("5%")->of(1000), 50);
  EXPECT_EQ(core::parse_percent_or_count("0.5%")->of(1000), 5);
  EXPECT_EQ(core::parse_percent_or_count("0%")->of(1000), 0);
  EXPECT_EQ(core::parse_percent_or_count("20000")->of(1000), 20'000);
  EXPECT_EQ(core::parse_percent_or_count("20000")->of(-1), 20'000);
  EXPECT_EQ(core::parse_percent_or_count("5%")->of(-1), 0) << "of an unknown number nothing is asked";
  for (auto const* const bad : {"", "%", "-1", "-1%", "101%", "5 %", "5%%", "x", "nan%", "1e2%", "5.5"})
    EXPECT_FALSE(core::parse_percent_or_count(bad)) << bad;
}

}  // namespace
