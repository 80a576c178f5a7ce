#include "http/conditional.hpp"

#include <gtest/gtest.h>

#include "http/date.hpp"

namespace {

using http::Headers;
using http::parse_http_date;
using http::Validators;

Headers with(std::string_view name, std::string_view value) {
  Headers headers;
  headers.set(name, value);
  return headers;
}

core::Wall moment() {
  return parse_http_date("Sun, 22 Nov 2026 10:00:05 GMT").value() + std::chrono::milliseconds(700);
}

TEST(HttpDate, is_read_and_refused) {
  EXPECT_EQ(core::to_rfc3339(parse_http_date("Sun, 22 Nov 2026 10:00:05 GMT").value()), "2026-11-22T10:00:05.000Z");
  for (char const* const text :
       {"", "Sun, 22 Nov 2026 10:00:05 CET", "Sun, 22 Xov 2026 10:00:05 GMT", "Sunday, 22-Nov-26 10:00:05 GMT",
        "Sun, 22 ovD 2026 10:00:05 GMT", "Sun, 31 Nov 2026 10:00:05 GMT", "Sun, 22 Nov 2026 24:00:05 GMT",
        "Sun, 2x Nov 2026 10:00:05 GMT", "Sun, 22 Nov 2026 10:60:05 GMT", "Sun, 22 Nov 2026 10:00:61 GMT"})
    EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
}

TEST(HttpDate, is_written_as_it_is_read) {
  EXPECT_EQ(http::to_http_date(moment()), "Sun, 22 Nov 2026 10:00:05 GMT");
  EXPECT_EQ(http::to_http_date(core::from_ms(0)), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(http::to_http_date(core::from_ms(951'782'399'000)), "Mon, 28 Feb 2000 23:59:59 GMT");
}

TEST(Conditional, a_known_tag_need_not_be_sent_again) {
  Validators const now(http::strong_etag("abc"));
  for (char const* const tags : {"\"abc\"", "W/\"abc\"", "\"x\", \"abc\"", "\"a,b\" ,W/\"abc\"", "*", " , \"abc\""})
    EXPECT_TRUE(is_not_modified(with("If-None-Match", tags), now)) << tags;
}

TEST(Conditional, another_tag_or_one_that_is_malformed_gets_the_bytes) {
  Validators const now(http::strong_etag("abc"));
  for (char const* const tags : {"\"abd\"", "abc", "\"abc", "W/abc", "", "\"x\" \"y\"", "\"a, \"abc\""})
    EXPECT_FALSE(is_not_modified(with("If-None-Match", tags), now)) << tags;
  EXPECT_FALSE(is_not_modified(Headers(), now));
  EXPECT_FALSE(is_not_modified(with("If-None-Match", "*"), Validators())) << "there is no tag to compare";
}

TEST(Conditional, every_field_of_the_list_counts) {
  auto headers = with("If-None-Match", "\"x\"");
  headers.add("if-none-match", "\"abc\"");
  EXPECT_TRUE(is_not_modified(headers, Validators("\"abc\"")));
}

TEST(Conditional, a_time_counts_in_whole_seconds_and_only_without_a_tag) {
  Validators const now("\"abc\"", moment());
  EXPECT_TRUE(is_not_modified(with("If-Modified-Since", "Sun, 22 Nov 2026 10:00:05 GMT"), now));
  EXPECT_FALSE(is_not_modified(with("If-Modified-Since", "Sun, 22 Nov 2026 10:00:04 GMT"), now));
  EXPECT_FALSE(is_not_modified(with("If-Modified-Since", "yesterday"), now));
  auto both = with("If-Modified-Since", "Sun, 22 Nov 2026 10:00:05 GMT");
  both.set("If-None-Match", "\"old\"");
  EXPECT_FALSE(is_not_modified(both, now));
}

TEST(Conditional, validators_are_sent_where_there_are_any) {
  Headers reply;
  set_validators(reply, Validators());
  EXPECT_EQ(reply.size(), 0U);
  set_validators(reply, Validators("\"abc\"", moment()));
  EXPECT_EQ(reply.find("ETag"), "\"abc\"");
  EXPECT_EQ(reply.find("Last-Modified"), "Sun, 22 Nov 2026 10:00:05 GMT");
}

}  // namespace
