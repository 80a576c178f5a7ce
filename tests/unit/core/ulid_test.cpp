#include "core/ulid.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

namespace {

using core::from_ms;

TEST(Ulid, has_26_characters_of_crockford_base32) {
  auto const id = core::make_ulid(from_ms(1'469'918'176'385));
  EXPECT_EQ(id.size(), 26U);
  EXPECT_EQ(id.find_first_not_of("0123456789ABCDEFGHJKMNPQRSTVWXYZ"), std::string::npos) << id;
  EXPECT_TRUE(core::is_ulid(id));
}

TEST(Ulid, carries_its_time_as_the_specification_writes_it) {
  // github.com/ulid/spec: 1469918176385 is 01ARYZ6S41.
  EXPECT_EQ(core::make_ulid(from_ms(1'469'918'176'385)).substr(0, 10), "01ARYZ6S41");
  EXPECT_EQ(core::make_ulid(from_ms(0)).substr(0, 10), "0000000000");
  EXPECT_EQ(core::make_ulid(from_ms((std::int64_t{1} << 48) - 1)).substr(0, 10), "7ZZZZZZZZZ");
}

TEST(Ulid, sorts_by_time) {
  std::vector<std::string> ids;
  for (std::int64_t ms = 1'700'000'000'000; ms < 1'700'000'002'000; ++ms) ids.push_back(core::make_ulid(from_ms(ms)));
  EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
}

TEST(Ulid, is_never_made_twice_in_one_millisecond) {
  std::set<std::string> seen;
  for (int i = 0; i < 100'000; ++i) seen.insert(core::make_ulid(from_ms(1'700'000'000'000)));
  EXPECT_EQ(seen.size(), 100'000U);
}

TEST(Ulid, fills_every_random_bit) {
  // Each of the 80 bits has to be seen both ways, else part of the randomness was lost in the encoding.
  std::vector<std::set<char>> seen(26);
  for (int i = 0; i < 2000; ++i) {
    auto const id = core::make_ulid(from_ms(0));
    for (std::size_t at = 0; at < id.size(); ++at) seen[at].insert(id[at]);
  }
  for (std::size_t at = 10; at < 26; ++at) EXPECT_EQ(seen[at].size(), 32U) << "character " << at;
}

TEST(Ulid, is_told_from_other_texts) {
  EXPECT_TRUE(core::is_ulid("01ARZ3NDEKTSV4RRFFQ69G5FAV"));
  EXPECT_TRUE(core::is_ulid("7ZZZZZZZZZZZZZZZZZZZZZZZZZ"));
  for (auto const* const bad :
       {"", "01ARZ3NDEKTSV4RRFFQ69G5FA", "01ARZ3NDEKTSV4RRFFQ69G5FAVX", "8ZZZZZZZZZZZZZZZZZZZZZZZZZ",
        "01arz3ndektsv4rrffq69g5fav", "01ARZ3NDEKTSV4RRFFQ69G5FAI", "01ARZ3NDEKTSV4RRFFQ69G5FAL",
        "01ARZ3NDEKTSV4RRFFQ69G5FAO", "01ARZ3NDEKTSV4RRFFQ69G5FAU", "01ARZ3NDEKTSV4RRFFQ69G5FA "})
    EXPECT_FALSE(core::is_ulid(bad)) << bad;
}

TEST(RandomHex, has_two_digits_a_byte_and_never_repeats) {
  auto const one = core::random_hex(16);
  EXPECT_EQ(one.size(), 32U);
  EXPECT_EQ(one.find_first_not_of("0123456789abcdef"), std::string::npos) << one;
  EXPECT_NE(one, core::random_hex(16));
  EXPECT_EQ(core::random_hex(0), "");
}

}  // namespace
