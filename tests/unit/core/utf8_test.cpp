#include "core/utf8.hpp"

#include <gtest/gtest.h>

namespace {

// Table 3-7 of the Unicode Standard: the first and last well-formed sequence of each of its rows.
TEST(Utf8, accepts_the_edges_of_every_row) {
  for (auto const* const text :
       {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xe0\xbf\xbf", "\xe1\x80\x80", "\xec\xbf\xbf",
        "\xed\x80\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf0\xbf\xbf\xbf",
        "\xf1\x80\x80\x80", "\xf3\xbf\xbf\xbf", "\xf4\x80\x80\x80", "\xf4\x8f\xbf\xbf"})
    EXPECT_TRUE(core::is_utf8(text)) << testing::PrintToString(text);
  EXPECT_TRUE(core::is_utf8(std::string_view("a\0b", 3)));
}

TEST(Utf8, refuses_what_lies_just_outside) {
  for (auto const* const text : {"\x80",
                                 "\xbf",
                                 "\xc0\x80",
                                 "\xc1\xbf",
                                 "\xc2",
                                 "\xc2\x7f",
                                 "\xc2\xc0",
                                 "\xe0\x9f\xbf",
                                 "\xe0\xa0",
                                 "\xe0\xa0\x7f",
                                 "\xe1\x80",
                                 "\xe1\x7f\x80",
                                 "\xed\xa0\x80",
                                 "\xed\xbf\xbf",
                                 "\xef\xbf",
                                 "\xf0\x8f\xbf\xbf",
                                 "\xf0\x90\x80",
                                 "\xf0\x90\x80\xc0",
                                 "\xf4\x90\x80\x80",
                                 "\xf5\x80\x80\x80",
                                 "\xf8\x88\x80\x80\x80",
                                 "\xfe",
                                 "\xff"}) {
    EXPECT_FALSE(core::is_utf8(text)) << testing::PrintToString(text);
    EXPECT_FALSE(core::is_utf8(std::string("ok ") + text + " ok")) << testing::PrintToString(text);
  }
}

TEST(Utf8, shows_broken_bytes_as_replacement_characters) {
  EXPECT_EQ(core::to_display("caf\xe9.csv"), "caf\xEF\xBF\xBD.csv");
  EXPECT_EQ(core::to_display("\xed\xa0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(core::to_display("caf\xc3\xa9"), "caf\xc3\xa9");
}

TEST(Utf8, shows_control_characters_as_what_they_are) {
  EXPECT_EQ(core::to_display("a\nb\tc\x1b[31m\x7f"), "a\\x0ab\\x09c\\x1b[31m\\x7f");
  EXPECT_EQ(core::to_display(std::string_view("\0", 1)), "\\x00");
}

TEST(Utf8, shows_the_second_set_of_control_characters_too) {
  // U+009B is CSI: with it a name could steer a terminal without any escape character.
  EXPECT_EQ(core::to_display("\xc2\x9b"
                             "31m"),
            "\\x9b31m");
  EXPECT_EQ(core::to_display("\xc2\x80\xc2\x9f"), "\\x80\\x9f");
  EXPECT_EQ(core::to_display("\xc2\xa0"), "\xc2\xa0");
}

TEST(Utf8, shows_only_text_that_is_utf8) {
  for (int first = 0; first < 256; ++first)
    for (int second = 0; second < 256; ++second) {
      std::string const bytes{static_cast<char>(first), static_cast<char>(second)};
      EXPECT_TRUE(core::is_utf8(core::to_display(bytes))) << first << ' ' << second;
    }
}

}  // namespace
