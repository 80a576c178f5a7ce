#include "s3/detail/object_headers.hpp"

#include <gtest/gtest.h>

namespace {

using http::Headers;
using s3::detail::read_content_range;
using s3::detail::read_object_headers;

Headers with(std::initializer_list<std::pair<char const*, char const*>> fields) {
  Headers headers;
  for (auto const& [name, value] : fields) headers.add(name, value);
  return headers;
}

TEST(ObjectHeaders, describe_a_whole_object) {
  auto const info = read_object_headers(with({{"Content-Length", "5"},
                                              {"ETag", "\"abc-2\""},
                                              {"x-amz-version-id", "v1"},
                                              {"Last-Modified", "Sun, 22 Nov 2026 10:00:00 GMT"}}));
  ASSERT_TRUE(info);
  EXPECT_EQ(info->size, 5);
  EXPECT_EQ(info->etag, "abc-2");
  EXPECT_EQ(info->version_id, "v1");
  EXPECT_EQ(core::to_rfc3339(info->last_modified.value()), "2026-11-22T10:00:00.000Z");
}

TEST(ObjectHeaders, tell_a_checksum_of_the_whole_object_only) {
  std::string const hash = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=";
  auto const told = [](std::initializer_list<std::pair<char const*, char const*>> fields) {
    auto headers = with(fields);
    headers.add("Content-Length", "5");
    return read_object_headers(headers)->sha256_base64;
  };
  EXPECT_EQ(told({{"x-amz-checksum-sha256", hash.c_str()}}), hash);
  EXPECT_EQ(told({{"x-amz-checksum-sha256", hash.c_str()}, {"x-amz-checksum-type", "FULL_OBJECT"}}), hash);
  EXPECT_EQ(told({{"x-amz-checksum-sha256", hash.c_str()}, {"x-amz-checksum-type", "COMPOSITE"}}), "");
  EXPECT_EQ(told({{"x-amz-checksum-sha256", (hash + "-3").c_str()}}), "") << "of hashes of parts";
  EXPECT_EQ(told({{"x-amz-checksum-sha256", hash.c_str()}, {"Content-Range", "bytes 5-9/100"}}), "");
  EXPECT_EQ(told({{"x-amz-checksum-crc32", "AAAAAA=="}}), "");
}

TEST(ObjectHeaders, of_a_part_give_the_size_of_the_whole) {
  EXPECT_EQ(read_object_headers(with({{"Content-Length", "5"}, {"Content-Range", "bytes 5-9/100"}}))->size, 100);
  EXPECT_FALSE(read_object_headers(with({{"Content-Length", "4"}, {"Content-Range", "bytes 5-9/100"}})))
      << "contradiction";
}

TEST(ObjectHeaders, without_a_length_describe_nothing) {
  EXPECT_FALSE(read_object_headers(with({{"ETag", "\"a\""}})));
  EXPECT_FALSE(read_object_headers(with({{"Content-Length", "-5"}})));
}

TEST(ObjectHeaders, take_an_etag_as_it_is_but_for_its_quotes) {
  for (auto const& [sent, bare] : std::initializer_list<std::pair<char const*, char const*>>{
           {"\"a\"", "a"}, {"W/\"a\"", "a"}, {"a", "a"}, {"\"", "\""}, {"", ""}, {"\"a b\\\"\"", "a b\\\""}})
    EXPECT_EQ(s3::detail::bare_etag(sent), bare);
}

TEST(ObjectHeaders, refuse_ranges_that_do_not_add_up) {
  for (char const* const range : {"bytes 5-4/100", "bytes 0-100/100", "bytes 0-9/*", "bytes */100", "0-9/100",
                                  "bytes 0-9", "bytes -1-9/100", "bytes 0-9/10x", "bytes /-"})
    EXPECT_FALSE(read_content_range(with({{"Content-Range", range}}))) << range;
}

}  // namespace
