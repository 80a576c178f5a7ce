#include "domain/source_root.hpp"

#include <gtest/gtest.h>

namespace {

domain::S3Watch bucket(std::string prefix) {
  domain::S3Watch watch;
  watch.connection = "acme";
  watch.bucket = "lab-data";
  watch.prefix = std::move(prefix);
  return watch;
}

TEST(SourceRoot, names_a_folder_by_its_path) {
  domain::WatchSpec watch;
  watch.path = "/srv/data";
  EXPECT_EQ(domain::root_of(watch), "/srv/data");
  EXPECT_FALSE(domain::parse_s3_root("/srv/data"));
  EXPECT_FALSE(domain::is_s3_root("/srv/a:s3://x/"));  // a folder may be called anything
  EXPECT_EQ(domain::uri_of("/srv/data", "a b.csv"), "file:///srv/data/a%20b.csv");
  EXPECT_EQ(domain::uri_of("/", "a"), "file:///a");
}

TEST(SourceRoot, names_a_bucket_with_its_connection_and_reads_it_back) {
  for (std::string const prefix : {"", "in/", "in/a:b/", "//", "a b+c%/"}) {
    auto const root = domain::root_of(bucket(prefix));
    EXPECT_EQ(root, "acme:s3://lab-data/" + prefix);
    auto const parsed = domain::parse_s3_root(root);
    ASSERT_TRUE(parsed) << root;
    EXPECT_EQ(parsed->connection, "acme");
    EXPECT_EQ(parsed->bucket, "lab-data");
    EXPECT_EQ(parsed->prefix, prefix);
  }
}

TEST(SourceRoot, a_key_is_not_taken_for_a_path_below_the_prefix) {
  EXPECT_EQ(domain::uri_of("acme:s3://lab-data/in/", "in/a b+%.csv"), "s3://lab-data/in/a%20b%2B%25.csv");
  EXPECT_EQ(domain::uri_of("acme:s3://lab-data/", "/a//../b"), "s3://lab-data//a//../b");
}

TEST(SourceRoot, globs_see_the_key_below_the_prefix) {
  EXPECT_EQ(domain::key_below("in/", "in/a/b.csv"), "a/b.csv");
  EXPECT_EQ(domain::key_below("", "a"), "a");
  EXPECT_EQ(domain::key_below("in/", "in/"), "");
  EXPECT_EQ(domain::key_below("in/", "out/a"), "");
}

TEST(SourceRoot, an_address_needs_a_bucket) {
  EXPECT_FALSE(domain::parse_s3_address("s3:///key"));
  EXPECT_FALSE(domain::parse_s3_address("https://x/y"));
  auto const whole = domain::parse_s3_address("s3://b");
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->key, "");
}

}  // namespace
