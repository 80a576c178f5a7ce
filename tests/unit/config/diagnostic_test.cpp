#include "config/diagnostic.hpp"

#include <gtest/gtest.h>

#include "config/source_text.hpp"

namespace {

using config::SourceText;

std::string rendered(SourceText const& source) {
  return config::render(source.diagnostics());
}

TEST(Diagnostic, looks_like_a_compilers) {
  SourceText source("a: 1\n  mem_limits: 2g\n", "sensor-qc.yaml");
  source.error({7, 10}, "unknown key 'mem_limits'", "did you mean 'mem_limit'?");
  EXPECT_EQ(rendered(source),
            "sensor-qc.yaml:2:3: error: unknown key 'mem_limits'\n"
            "    2 |   mem_limits: 2g\n"
            "      |   ^~~~~~~~~~ did you mean 'mem_limit'?\n");
}

TEST(Diagnostic, counts_characters_not_bytes) {
  SourceText source("t: \xc3\xa4\xe6\xb0\xb4 bad\n", "f");
  source.error({9, 3}, "bad");
  EXPECT_EQ(source.diagnostics().at(0).column, 7U);
}

TEST(Diagnostic, lines_the_caret_up_below_tabs) {
  SourceText source("\ta: b\n", "f");
  source.error({4, 1}, "x");
  EXPECT_NE(rendered(source).find("      | \t   ^\n"), std::string::npos) << rendered(source);
}

TEST(Diagnostic, come_in_line_order) {
  SourceText source("a\nb\nc\n", "f");
  source.error({4, 1}, "third");
  source.error({0, 1}, "first");
  source.error({2, 1}, "second");
  auto const found = source.diagnostics();
  EXPECT_EQ(found[0].message, "first");
  EXPECT_EQ(found[2].message, "third");
  EXPECT_TRUE(rendered(source).ends_with("3 errors\n"));
}

TEST(Diagnostic, never_stands_past_its_line_or_file) {
  SourceText source("ab\r\ncd", "f");
  source.error({1, 50}, "long");
  source.error({500, 9}, "far");
  EXPECT_EQ(source.diagnostics()[0].length, 1U);
  EXPECT_EQ(source.diagnostics()[0].source_line, "ab");
  EXPECT_EQ(source.diagnostics()[1].line, 2U);
  EXPECT_EQ(source.diagnostics()[1].column, 3U);
}

TEST(Diagnostic, cannot_steer_a_terminal) {
  SourceText source("a\x1b[2Jb\n", "f\x1b[2J");
  source.error({0, 1}, "x");
  EXPECT_EQ(rendered(source).find('\x1b'), std::string::npos);
}

TEST(Diagnostic, are_bounded) {
  SourceText source("a\n", "f");
  for (int i = 0; i < 5000; ++i) source.error({0, 1}, "x");
  EXPECT_EQ(source.diagnostics().size(), 101U);
  EXPECT_NE(source.diagnostics().back().message.find("4900 more"), std::string::npos);
}

TEST(Diagnostic, of_a_whole_file_has_no_line) {
  SourceText source("", "f");
  source.file_error("the file is empty", "write something");
  EXPECT_EQ(rendered(source), "f: error: the file is empty\n  write something\n");
}

}  // namespace
