#include "s3/detail/time_formats.hpp"

#include <gtest/gtest.h>

namespace {

using core::to_rfc3339;
using s3::detail::parse_iso8601;
using s3::detail::to_amz_date;

TEST(S3Time, is_read_with_any_number_of_decimals) {
  EXPECT_EQ(to_rfc3339(parse_iso8601("2026-11-22T10:00:05Z").value()), "2026-11-22T10:00:05.000Z");
  EXPECT_EQ(to_rfc3339(parse_iso8601("2026-11-22T10:00:05.7Z").value()), "2026-11-22T10:00:05.700Z");
  EXPECT_EQ(to_rfc3339(parse_iso8601("2024-02-29T23:59:59.123456789Z").value()), "2024-02-29T23:59:59.123Z");
}

TEST(S3Time, is_refused_where_it_is_none) {
  for (char const* const text :
       {"", "2026-11-22", "2026-11-22T10:00:05", "2026-02-30T10:00:05Z", "2026-13-01T10:00:05Z", "2026-11-22T24:00:05Z",
        "2026-11-22T10:60:05Z", "2026-11-22T10:00:05.Z", "2026-11-22T10:00:05.1234567890Z", "2026-11-22 10:00:05Z",
        "2026-11-22T10:00:05.12aZ", "2026-11-22T10:00:05+01:00", "20-6-11-22T10:00:05Z", "2026-11-22T10:00:05x"})
    EXPECT_EQ(parse_iso8601(text), std::nullopt) << text;
}

TEST(S3Time, is_written_as_signatures_have_it) {
  EXPECT_EQ(to_amz_date(parse_iso8601("2013-05-24T01:02:03.999Z").value()), "20130524T010203Z");
}

}  // namespace
