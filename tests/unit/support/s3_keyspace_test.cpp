#include "support/s3/keyspace.hpp"

#include <gtest/gtest.h>

#include "support/s3/bucket.hpp"
#include "support/s3/listing.hpp"

using support::s3::Bucket;
using support::s3::Entry;
using support::s3::Keyspace;

namespace {

std::string key_at(std::uint64_t index) {
  std::string key;
  Keyspace::key_of(index, key);
  return key;
}

std::vector<std::string> keys_from(Bucket const& bucket, std::string_view from, std::size_t most) {
  std::vector<std::string> keys;
  Bucket::Cursor cursor(bucket, from);
  for (Entry entry; keys.size() < most && cursor.next(entry);) keys.emplace_back(entry.key);
  return keys;
}

}  // namespace

TEST(S3Keyspace, keys_ascend_in_bytes_across_folders_and_sites) {
  for (std::uint64_t const index : {0ULL, 9ULL, 999ULL, 99'999ULL, 999'999ULL, 9'999'999ULL, 999'999'999ULL})
    EXPECT_LT(key_at(index), key_at(index + 1)) << index;
  EXPECT_EQ(key_at(12'345'678), "data/site-0012/day-345/reading-0012345678.csv");
}

TEST(S3Keyspace, finds_the_place_of_any_text) {
  Keyspace const keys(10'000'000, 1);
  EXPECT_EQ(keys.lower_bound(""), 0U);
  EXPECT_EQ(keys.lower_bound("e"), 10'000'000U);
  EXPECT_EQ(keys.lower_bound(key_at(4'711'000)), 4'711'000U);
  EXPECT_EQ(keys.lower_bound(key_at(4'711'000) + '\0'), 4'711'001U);
  EXPECT_EQ(keys.lower_bound("data/site-0003/"), 3'000'000U);
}

TEST(S3Keyspace, the_seed_decides_about_etags) {
  EXPECT_EQ(Keyspace(10, 1).facts_of(3).etag, Keyspace(99, 1).facts_of(3).etag);
  EXPECT_NE(Keyspace(10, 1).facts_of(3).etag, Keyspace(10, 2).facts_of(3).etag);
  EXPECT_EQ(Keyspace(10, 1).body_of(3).size(), Keyspace(10, 1).facts_of(3).size);
}

TEST(S3Keyspace, stored_objects_stand_among_synthetic_ones_and_hide_them) {
  Bucket bucket{Keyspace(1000, 1)};
  bucket.put("a", "first");
  bucket.put(key_at(1) + "-more", "between");
  bucket.put(key_at(2), "instead");
  bucket.remove(key_at(3));
  bucket.put("z", "last");
  EXPECT_EQ(keys_from(bucket, "", 5),
            (std::vector<std::string>{"a", key_at(0), key_at(1), key_at(1) + "-more", key_at(2)}));
  EXPECT_EQ(keys_from(bucket, key_at(2), 2), (std::vector<std::string>{key_at(2), key_at(4)}));
  EXPECT_EQ(keys_from(bucket, "", 2000).size(), 1002U);
  EXPECT_EQ(bucket.find(key_at(2))->body, "instead");
  EXPECT_FALSE(bucket.find(key_at(3)).has_value());
  EXPECT_EQ(bucket.find(key_at(4))->body.size(), Keyspace(1000, 1).facts_of(4).size);
}

TEST(S3Keyspace, after_prefix_passes_the_whole_group) {
  using support::s3::after_prefix;
  EXPECT_EQ(after_prefix("a/"), "a0");
  EXPECT_EQ(after_prefix("a\xff"), "b");
  EXPECT_EQ(after_prefix("\xff"), "");
}
