#include "core/glob.hpp"

#include <gtest/gtest.h>

namespace {

struct Case {
  char const* pattern;
  char const* key;
  bool matches;
};

void expect_all(std::initializer_list<Case> cases) {
  for (auto const& [pattern, key, matches] : cases) {
    auto const glob = core::Glob::compile(pattern);
    ASSERT_TRUE(glob) << pattern << ": " << glob.error().message();
    EXPECT_EQ(glob->matches(key), matches) << pattern << " on " << testing::PrintToString(std::string(key));
  }
}

TEST(Glob, star_stays_inside_one_segment) {
  expect_all({{"a/*", "a/b", true},
              {"a/*", "a/b/c", false},
              {"a/*", "a/", true},
              {"a/*", "a", false},
              {"a*c/d", "abbc/d", true},
              {"a*c/d", "ac/d", true},
              {"a*c/d", "ab/c/d", false},
              {"a/*.csv", "a/.csv", true},
              {"a/*.csv", "a/x.csv.gz", false},
              {"a/*b*", "a/abc", true},
              {"a/*b*b", "a/bb", true},
              {"a/*b*b", "a/b", false},
              {"a/***", "a/x", true},
              {"a/b**c", "a/bxxc", true},
              {"a/b**c", "a/bx/c", false}});
}

TEST(Glob, question_mark_is_one_byte_of_a_segment) {
  expect_all({{"a/?", "a/b", true},
              {"a/?", "a/", false},
              {"a/?", "a/bc", false},
              {"a?b", "a/b", false},
              {"?/?", "a/b", true},
              {"??", "\xc3\xa9", true},
              {"?", "\xc3\xa9", false},
              {"a?c", "a\nc", true}});
}

TEST(Glob, double_star_spans_any_number_of_segments) {
  expect_all({{"**", "a", true},
              {"**", "a/b/c", true},
              {"**/x", "x", true},
              {"**/x", "a/x", true},
              {"**/x", "a/b/x", true},
              {"**/x", "ax", false},
              {"**/x", "x/a", false},
              {"a/**", "a/b", true},
              {"a/**", "a/b/c", true},
              {"a/**", "a", true},
              {"a/**", "ab/c", false},
              {"a/**/b", "a/b", true},
              {"a/**/b", "a/x/b", true},
              {"a/**/b", "a/x/y/b", true},
              {"a/**/b", "a/xb", false},
              {"a/**/b", "a/b/x", false},
              {"**/a/**", "x/a/y", true},
              {"**/a/**", "x/b/y", false},
              {"**/**/x", "x", true},
              {"a/**/**/b", "a/q/b", true},
              {"**/*.csv", "x.csv", true},
              {"**/*.csv", "a/b/x.csv", true},
              {"**/*.csv", "a.csv/x", false},
              {"**/a/**/b", "a/a/c/b", true},
              {"**/a/*/b", "a/x/y/a/z/b", true},
              {"**/a/b/**/c", "a/x/a/b/c", true}});
}

TEST(Glob, without_a_slash_matches_the_last_segment_anywhere) {
  expect_all({{"*.csv", "x.csv", true},
              {"*.csv", "a/b/x.csv", true},
              {"*.csv", "x.csv/b", false},
              {"x", "a/x", true},
              {"x", "x/a", false},
              {"**.csv", "a/x.csv", true},
              {"*", "a/b", true},
              {"?", "dir/b", true},
              {"{a,b}.txt", "d/b.txt", true}});
}

TEST(Glob, leading_slash_ties_it_to_the_root) {
  expect_all({{"/x", "x", true},
              {"/x", "a/x", false},
              {"/*.csv", "x.csv", true},
              {"/*.csv", "a/x.csv", false},
              {"/**/x", "a/x", true},
              {"/a/b", "a/b", true},
              {"//a", "a", false}});
}

TEST(Glob, brackets_are_sets_and_ranges) {
  expect_all(
      {{"[abc]", "b", true},      {"[abc]", "d", false},  {"[a-c]x", "bx", true},     {"[a-c]x", "dx", false},
       {"[!a-c]", "d", true},     {"[!a-c]", "b", false}, {"[^a]", "b", true},        {"[^a]", "a", false},
       {"[]]", "]", true},        {"[]a]", "a", true},    {"[!]]", "a", true},        {"[!]]", "]", false},
       {"[a-]", "-", true},       {"[-a]", "-", true},    {"[a-]", "b", false},       {"[*?]", "*", true},
       {"[*?]", "x", false},      {"[\\]]", "]", true},   {"[\\!a]", "!", true},      {"[a\\-c]", "b", false},
       {"[a\\-c]", "-", true},    {"[!-]x", "ax", true},  {"[0-9][0-9]", "42", true}, {"[c-a]", "b", false},
       {"[{,}]", ",", true},      {"[a-\\c]", "b", true}, {"[a-\\c]", "\\", false},   {"a[!b]c/d", "a/c/d", false},
       {"[ab][cd]*", "bdx", true}});
}

TEST(Glob, brackets_see_bytes_above_127) {
  expect_all(
      {{"[\x80-\xff]", "\xe9", true}, {"[\x80-\xff]", "a", false}, {"[!a]", "\xff", true}, {"[a-\xff]", "\x80", true}});
}

TEST(Glob, braces_are_alternatives) {
  expect_all({{"*.{csv,tsv}", "a.tsv", true},
              {"*.{csv,tsv}", "a.xsv", false},
              {"{a,b}/{c,d}", "b/c", true},
              {"{a,b}/{c,d}", "a/b", false},
              {"a{,b}c", "ac", true},
              {"a{,b}c", "abc", true},
              {"{a}", "a", true},
              {"a{b,{c,d}e}f", "adef", true},
              {"a{b,{c,d}e}f", "abf", true},
              {"a{b,{c,d}e}f", "adf", false},
              {"{a,b/**}/x", "b/q/x", true},
              {"{a/b,c}", "a/b", true},
              {"{a/b,c}", "z/c", true},
              {"{a/b,c}", "z/a/b", false},
              {"{[,],x}", ",", true},
              {"{a\\,b,c}", "a,b", true},
              {"{a\\},b}", "a}", true},
              {"}", "}", true},
              {"a,b", "a,b", true},
              {"{a,{b,{c,{d,e}}}}", "e", true},
              {"{*.csv,data/**}", "x/y.csv", true},
              {"{*.csv,data/**}", "data/x", true},
              {"{,a}", "a", true}});
}

TEST(Glob, backslash_takes_the_next_character_as_it_is) {
  expect_all({{"\\*", "*", true},
              {"\\*", "a", false},
              {"a\\?", "a?", true},
              {"a\\?", "ab", false},
              {"\\[a]", "[a]", true},
              {"\\{a,b}", "{a,b}", true},
              {"\\\\", "\\", true},
              {"\\a", "a", true},
              {"a\\/b", "a/b", true},
              {"a\\/b", "x/b", false},
              {"\\**", "*a", true},
              {"\\**", "a", false},
              {"**\\/x", "a/b/x", true}});
}

TEST(Glob, takes_keys_that_are_not_utf8) {
  expect_all({{"*.csv", "caf\xe9\xff.csv", true},
              {"\xff*", "\xff\xfe", true},
              {"\xff*", "\xfe", false},
              {"a/\xe9", "a/\xe9", true}});
}

TEST(Glob, takes_every_other_character_as_itself) {
  expect_all({{"a.b", "axb", false},
              {"a+b(c)|d$^", "a+b(c)|d$^", true},
              {" ", " ", true},
              {"A", "a", false},
              {"a.", "a", false},
              {"a", "a.", false}});
}

TEST(Glob, hidden_files_are_files) {
  expect_all({{"*", ".hidden", true}, {"**/*.csv", "a/.x.csv", true}, {"a/**", "a/.git/config", true}});
}

struct Bad {
  char const* pattern;
  char const* message;
};

TEST(Glob, names_the_column_of_what_is_wrong) {
  for (auto const& [pattern, message] : std::initializer_list<Bad>{
           {"", "it is empty at column 1"},
           {"ab[c", "'[' is not closed at column 3"},
           {"a[]", "'[' is not closed at column 2"},
           {"a[!]", "'[' is not closed at column 2"},
           {"[a\\]", "'[' is not closed at column 1"},
           {"a{b,c", "'{' is not closed at column 2"},
           {"a{b,{c}", "'{' is not closed at column 2"},
           {"{a,b}{c", "'{' is not closed at column 6"},
           {"a{b,c}d[e", "'[' is not closed at column 8"},
           {"{aaaa,b}\\", "nothing after '\\' at column 9"},
           {"abc\\", "nothing after '\\' at column 4"},
           {"a[b/c]", "'/' in brackets, which stay inside one segment at column 4"},
           {"logs/", "no key ends in '/', at column 5"},
       }) {
    auto const glob = core::Glob::compile(pattern);
    ASSERT_FALSE(glob) << pattern;
    EXPECT_EQ(glob.error().code, core::Errc::invalid) << pattern;
    EXPECT_EQ(glob.error().operation, std::string("bad pattern: ") + message) << pattern;
    EXPECT_EQ(glob.error().subject, pattern);
  }
}

TEST(Glob, bounds_the_alternatives_of_braces) {
  EXPECT_TRUE(core::Glob::compile("{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}"));  // 256
  auto const glob = core::Glob::compile("{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}");
  ASSERT_FALSE(glob);
  EXPECT_NE(glob.error().operation.find("256"), std::string::npos);
  std::string bomb;
  for (int i = 0; i < 1000; ++i) bomb += "{a,b}";
  EXPECT_FALSE(core::Glob::compile(bomb));
}

// A matcher that tries every split of the key would need more steps than there are atoms; the test's time limit is the
// check.
TEST(Glob, cannot_be_made_to_blow_up) {
  std::string stars;
  for (int i = 0; i < 40; ++i) stars += "*a";
  EXPECT_FALSE(core::Glob::compile(stars + "b").value().matches(std::string(20'000, 'a')));
  std::string folders;
  for (int i = 0; i < 40; ++i) folders += "**/a/";
  std::string key;
  for (int i = 0; i < 2'000; ++i) key += "a/";
  EXPECT_FALSE(core::Glob::compile(folders + "b").value().matches(key + "a"));
  EXPECT_TRUE(core::Glob::compile(folders + "b").value().matches(key + "b"));
}

TEST(Glob, any_of_several_is_enough) {
  std::vector<core::Glob> globs;
  EXPECT_FALSE(core::any_match(globs, "a"));
  globs.push_back(core::Glob::compile("*.csv").value());
  globs.push_back(core::Glob::compile("*.tsv").value());
  EXPECT_TRUE(core::any_match(globs, "a.tsv"));
  EXPECT_FALSE(core::any_match(globs, "a.txt"));
  EXPECT_EQ(globs[0].pattern(), "*.csv");
}

}  // namespace
