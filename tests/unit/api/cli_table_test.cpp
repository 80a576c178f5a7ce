#include <gtest/gtest.h>

#include "state_text.hpp"
#include "table.hpp"

namespace {

using cli::Colour;
using cli::Table;
using cli::Terminal;

Terminal pipe() {
  return {};
}
Terminal terminal(std::size_t width) {
  return {width, true, true};
}

TEST(Table, aligns_columns_and_leaves_no_blanks_at_line_ends) {
  Table table({{"RUN", true}, {"STATE"}, {"INPUT"}});
  table.add({"7", "queued", "a.csv"});
  table.add({"1234", "ok", ""});
  EXPECT_EQ(table.render(pipe()), " RUN  STATE   INPUT\n   7  queued  a.csv\n1234  ok\n");
}

TEST(Table, cuts_only_on_a_terminal_and_only_columns_that_give) {
  Table table({{"NAME", false, true}, {"STATE"}});
  table.add({"a-very-long-name-that-does-not-fit.csv", "succeeded"});
  EXPECT_EQ(table.render(pipe()),
            "NAME                                    STATE\na-very-long-name-that-does-not-fit.csv  succeeded\n");
  Terminal narrow = terminal(25);
  narrow.colours = false;
  EXPECT_EQ(table.render(narrow), "NAME            STATE\na-very-long-n…  succeeded\n");
}

TEST(Table, counts_characters_and_not_bytes) {
  Table table({{"KEY"}, {"N", true}});
  table.add({"Jürgen", "1"});
  table.add({"Jurgen", "22"});
  EXPECT_EQ(table.render(pipe()), "KEY      N\nJürgen   1\nJurgen  22\n");
}

TEST(Table, lets_no_name_steer_the_terminal) {
  Table table({{"KEY"}});
  table.add({"a\x1b[2Jb\nc\xff"});
  auto const text = table.render(terminal(80));
  EXPECT_EQ(text.find("\x1b[2J"), std::string::npos);
  EXPECT_NE(text.find("a\\x1b[2Jb\\x0ac\xEF\xBF\xBD"), std::string::npos) << text;
}

TEST(Table, paints_only_what_it_is_allowed_to) {
  Table table({{"STATE"}});
  table.add({cli::state_cell("failed", pipe())});
  EXPECT_EQ(table.render(pipe()).find('\x1b'), std::string::npos);
  EXPECT_NE(table.render(terminal(80)).find("\x1b[31m"), std::string::npos);
}

TEST(StateText, says_the_state_in_a_word_and_a_symbol_with_and_without_colour) {
  for (auto const* const state :
       {"queued", "held", "pulling", "starting", "running", "collecting", "retry_wait", "succeeded", "failed",
        "rejected", "timed_out", "cancelled", "interrupted", "outdated", "skipped"}) {
    auto const text = cli::state_text(state, pipe());
    EXPECT_TRUE(text.ends_with(" " + std::string(state))) << text;
    EXPECT_FALSE(text.starts_with("?")) << text;
  }
  Terminal ascii;
  ascii.utf8 = false;
  EXPECT_EQ(cli::state_text("succeeded", ascii), "+ succeeded");
  EXPECT_EQ(cli::state_text("a\x1bz", ascii), "? a\\x1bz");
}

}  // namespace
