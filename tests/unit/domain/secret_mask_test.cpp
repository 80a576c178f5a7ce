#include "domain/secret_mask.hpp"

#include <gtest/gtest.h>

#include <random>

#include "core/base64.hpp"

namespace domain {
namespace {

std::shared_ptr<SecretMask const> mask_of(std::vector<std::string> const& values) {
  return std::make_shared<SecretMask const>(values);
}

std::string whole(std::vector<std::string> const& values, std::string_view text, std::size_t piece = SIZE_MAX) {
  MaskedText masked(mask_of(values));
  std::string out;
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) out += masked.feed(text.substr(0, piece));
  return out + masked.finish();
}

TEST(SecretMask, hides_a_value_wherever_the_pieces_are_cut) {
  std::string const text = "key=hunter2-and-more; again hunter2-and-more\nhunter2-and-mor\nhunter2-hunter2-and-more";
  std::string const clear = "key=***; again ***\nhunter2-and-mor\nhunter2-***";
  for (std::size_t piece = 1; piece <= text.size(); ++piece)
    EXPECT_EQ(whole({"hunter2-and-more"}, text, piece), clear) << piece;
}

TEST(SecretMask, leaves_values_alone_that_are_shorter_than_eight_bytes) {
  EXPECT_EQ(whole({"1234567"}, "1234567"), "1234567");
  EXPECT_EQ(whole({"12345678"}, "12345678"), "***");
}

TEST(SecretMask, hides_each_long_line_of_a_value) {
  std::string const pem = "-----BEGIN KEY-----\r\nMIIEabcdefgh\r\nshort\r\n-----END KEY-----\r\n";
  EXPECT_EQ(whole({pem}, "a MIIEabcdefgh b\n-----BEGIN KEY-----\nshort\n"), "a *** b\n***\nshort\n");
  EXPECT_EQ(whole({pem}, pem), "***\r\n***\r\nshort\r\n***\r\n");
}

TEST(SecretMask, hides_a_value_that_scripts_strip_the_line_feed_of) {
  EXPECT_EQ(whole({"  s3cr3t-value\n"}, "<s3cr3t-value>"), "<***>");
}

TEST(SecretMask, makes_one_of_values_that_overlap_and_keeps_those_apart_that_do_not) {
  EXPECT_EQ(whole({"aaaabbbb", "bbbbcccc"}, "xaaaabbbbccccx"), "x***x");
  EXPECT_EQ(whole({"aaaabbbb"}, "aaaabbbbaaaabbbb"), "******");
  EXPECT_EQ(whole({"12345678", "1234567890abcdef"}, "1234567890abcdex"), "***90abcdex");
  EXPECT_EQ(whole({"12345678", "1234567890abcdef"}, "1234567890abcdef"), "***");
  EXPECT_EQ(whole({"34567890", "1234567890abcdef"}, "1234567890abcdef 1234567890abcdeg"), "*** 12***abcdeg");
  EXPECT_EQ(whole({"aaaaaaaa"}, std::string(100, 'a')), "***");
}

TEST(SecretMask, hides_base64_at_any_alignment) {
  std::string const value = "p\xffss?word>with\xfe";
  for (std::string const before : {"", "u", "us", "use", "user:"}) {
    auto const printed = whole({value}, "Basic " + core::to_base64(before + value + "!") + "\n");
    EXPECT_LT(printed.size(), 6 + core::to_base64(before).size() + 3 + 6) << printed;
    EXPECT_NE(printed.find("***"), std::string::npos) << printed;
  }
}

TEST(SecretMask, takes_any_bytes) {
  std::string const value("\0\x01\xff\0zz\x80\x81", 8);
  EXPECT_EQ(whole({value}, "a" + value + "b", 3), "a***b");
  EXPECT_EQ(whole({}, "plain"), "plain");
  EXPECT_EQ(whole({""}, "plain"), "plain");
}

TEST(SecretMask, holds_back_no_more_than_the_longest_value) {
  std::string const value(std::size_t{64} << 10, 'k');
  auto const mask = mask_of({value});
  MaskedText masked(mask);
  std::size_t given = 0;
  std::string const text(std::size_t{1} << 20, 'k');
  auto const out = masked.feed(text);
  given = out.size();
  EXPECT_EQ(given, 3U) << "all of it is one secret, told once";
  EXPECT_EQ(masked.feed("\n"), "\n");
  EXPECT_EQ(masked.feed(std::string(value.size() - 1, 'k')), "");
  EXPECT_EQ(masked.feed("\n"), std::string(value.size() - 1, 'k') + "\n");
}

/// The plain way: mark every byte that belongs to an occurrence, then write *** for each stretch of occurrences that
/// overlap.
std::string plainly(std::vector<std::string> const& values, std::string const& text) {
  std::vector<std::pair<std::size_t, std::size_t>> found;
  for (std::size_t end = 0; end <= text.size(); ++end) {
    std::size_t longest = 0;
    for (auto const& value : values)
      if (value.size() >= SecretMask::shortest && value.size() <= end &&
          text.compare(end - value.size(), value.size(), value) == 0)
        longest = std::max(longest, value.size());
    if (longest == 0) continue;
    auto begin = end - longest;
    while (!found.empty() && found.back().second > begin) {
      begin = std::min(begin, found.back().first);
      found.pop_back();
    }
    found.emplace_back(begin, end);
  }
  std::string out;
  std::size_t at = 0;
  for (auto const& [begin, end] : found) {
    out += text.substr(at, begin - at) + "***";
    at = end;
  }
  return out + text.substr(at);
}

TEST(SecretMask, says_what_a_plain_search_says_of_any_text) {
  std::mt19937 random(20261123);
  auto const letters = [&](std::size_t size) {
    std::string text;
    while (text.size() < size) text += "ab\n"[random() % 25 == 0 ? 2 : random() % 2];
    return text;
  };
  for (int round = 0; round < 400; ++round) {
    std::vector<std::string> values;
    for (int i = 0; i < 3; ++i) {
      auto value = letters(8 + random() % 4);
      std::erase(value, '\n');
      values.push_back(value);
    }
    auto const text = letters(400);
    EXPECT_EQ(whole(values, text, 1 + random() % 50), plainly(values, text));
  }
}

}  // namespace
}  // namespace domain
