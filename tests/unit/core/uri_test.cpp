#include "core/uri.hpp"

#include <gtest/gtest.h>

namespace {

std::string all_bytes() {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  return bytes + bytes;
}

TEST(Uri, brings_every_byte_back) {
  EXPECT_EQ(core::percent_decode(core::percent_encode(all_bytes())), all_bytes());
  EXPECT_EQ(core::percent_decode(core::percent_encode_path(all_bytes())), all_bytes());
}

TEST(Uri, leaves_only_unreserved_characters_bare) {
  std::string const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  for (int i = 0; i < 256; ++i) {
    std::string const byte(1, static_cast<char>(i));
    bool const bare = unreserved.find(byte) != std::string::npos;
    EXPECT_EQ(core::percent_encode(byte) == byte, bare) << i;
    EXPECT_EQ(core::percent_encode_path(byte) == byte, bare || byte == "/") << i;
  }
  EXPECT_EQ(core::percent_encode("a b/\xff%"), "a%20b%2F%FF%25");
}

TEST(Uri, keeps_a_percent_sign_without_two_digits) {
  EXPECT_EQ(core::percent_decode("%"), "%");
  EXPECT_EQ(core::percent_decode("%4"), "%4");
  EXPECT_EQ(core::percent_decode("%zz%4z%z4"), "%zz%4z%z4");
  EXPECT_EQ(core::percent_decode("%%41"), "%A");
  EXPECT_EQ(core::percent_decode("%41%"), "A%");
  EXPECT_EQ(core::percent_decode("%2f%2F"), "//");
  EXPECT_EQ(core::percent_decode("%2541"), "%41");
  EXPECT_EQ(core::percent_decode("a+b"), "a+b");  // '+' is a blank in forms only
  EXPECT_EQ(core::percent_decode(""), "");
}

TEST(Uri, names_files) {
  EXPECT_EQ(core::file_uri("/srv/data/a b.csv"), "file:///srv/data/a%20b.csv");
  EXPECT_EQ(core::file_uri("/\n\xff?#"), "file:///%0A%FF%3F%23");
}

}  // namespace
