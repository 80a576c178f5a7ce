#include "http/range.hpp"

#include <gtest/gtest.h>

#include "http/date.hpp"

namespace {

using http::ByteRange;
using http::parse_range;
using http::select_range;
using http::Validators;
using Kind = http::ByteRange::Kind;

void expect_part(char const* text, std::uint64_t of, std::uint64_t first, std::uint64_t size) {
  auto const range = parse_range(text, of);
  EXPECT_EQ(range.kind, Kind::part) << text;
  EXPECT_EQ(range.first, first) << text;
  EXPECT_EQ(range.size, size) << text;
  EXPECT_EQ(range.of, of) << text;
}

TEST(Range, one_part_is_cut_to_what_there_is) {
  expect_part("bytes=0-0", 10, 0, 1);
  expect_part("bytes=2-5", 10, 2, 4);
  expect_part("bytes=2-", 10, 2, 8);
  expect_part("Bytes=9-99999999999999999999999999", 10, 9, 1);
  expect_part("bytes=-3", 10, 7, 3);
  expect_part("bytes=-30", 10, 0, 10);
}

TEST(Range, beyond_the_end_there_is_nothing_to_send) {
  for (char const* const text : {"bytes=10-", "bytes=10-20", "bytes=99999999999999999999-", "bytes=-0"})
    EXPECT_EQ(parse_range(text, 10).kind, Kind::unsatisfiable) << text;
  EXPECT_EQ(parse_range("bytes=0-", 0).kind, Kind::unsatisfiable);
}

TEST(Range, what_is_malformed_or_manifold_is_ignored) {
  for (char const* const text : {"", "bytes", "bytes=", "bytes=-", "bytes=5-2", "bytes=a-", "bytes=1-b", "bytes= 1-2",
                                 "bytes=1-2,4-5", "lines=1-2", "bytes=--1", "bytes=+1-2", "bytes=1-2 "}) {
    auto const range = parse_range(text, 10);
    EXPECT_EQ(range.kind, Kind::whole) << text;
    EXPECT_EQ(range.size, 10U) << text;
  }
  EXPECT_EQ(parse_range("bytes=-5", 0).kind, Kind::whole) << "206 could not name a byte of nothing";
}

TEST(Range, counts_only_while_if_range_holds) {
  auto const modified = http::parse_http_date("Sun, 22 Nov 2026 10:00:05 GMT").value();
  Validators const now("\"abc\"", modified);
  http::Headers headers;
  headers.set("Range", "bytes=0-1");
  EXPECT_EQ(select_range(headers, 10, now).kind, Kind::part);
  for (char const* const good : {"\"abc\"", "Sun, 22 Nov 2026 10:00:05 GMT"}) {
    headers.set("If-Range", good);
    EXPECT_EQ(select_range(headers, 10, now).kind, Kind::part) << good;
  }
  for (char const* const bad : {"\"abd\"", "W/\"abc\"", "Sun, 22 Nov 2026 10:00:06 GMT", "", "abc"}) {
    headers.set("If-Range", bad);
    EXPECT_EQ(select_range(headers, 10, now).kind, Kind::whole) << bad;
  }
  headers.set("If-Range", "\"\"");
  EXPECT_EQ(select_range(headers, 10, Validators()).kind, Kind::whole) << "nothing to compare with";
}

TEST(Range, is_told_in_the_answers_head) {
  http::Reply reply;
  set_range(reply, parse_range("bytes=2-5", 10));
  EXPECT_EQ(reply.status, 206);
  EXPECT_EQ(reply.headers.find("Content-Range"), "bytes 2-5/10");
  EXPECT_EQ(reply.headers.find("Content-Length"), "4");
  set_range(reply, parse_range("bytes=10-", 10));
  EXPECT_EQ(reply.status, 416);
  EXPECT_EQ(reply.headers.find("Content-Range"), "bytes */10");
  http::Reply plain;
  set_range(plain, parse_range("", 10));
  EXPECT_EQ(plain.status, 200);
  EXPECT_EQ(plain.headers.find("Accept-Ranges"), "bytes");
  EXPECT_EQ(plain.headers.find("Content-Range"), std::nullopt);
}

}  // namespace
