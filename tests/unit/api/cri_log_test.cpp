#include "domain/cri_log.hpp"

#include <gtest/gtest.h>

namespace {

using domain::CriText;

constexpr auto at = "2026-11-22T10:00:00.000000001Z";

std::string record(std::string const& rest) {
  return std::string(at) + " " + rest;
}

std::string in_pieces_of(std::size_t size, std::string const& cri, CriText::Style style = CriText::Style::plain) {
  CriText text(style);
  std::string out;
  for (std::size_t i = 0; i < cri.size(); i += size) out += text.convert(std::string_view(cri).substr(i, size));
  return out;
}

TEST(CriText, gives_the_containers_own_lines_back_wherever_the_log_is_cut) {
  auto const log =
      record("stdout F one\n") + record("stderr F two words\n") + record("stdout F \n") + record("stdout F last\n");
  for (std::size_t size = 1; size <= log.size(); ++size)
    EXPECT_EQ(in_pieces_of(size, log), "one\ntwo words\n\nlast\n") << size;
}

TEST(CriText, joins_the_parts_of_a_long_line) {
  auto const log =
      record("stdout P begin") + "\n" + record("stdout P ning and") + "\n" + record("stdout F  end") + "\n";
  EXPECT_EQ(in_pieces_of(7, log), "beginning and end\n");
}

TEST(CriText, keeps_streams_apart_when_one_breaks_into_the_others_line) {
  auto const log = record("stdout P half") + "\n" + record("stderr F oops") + "\n" + record("stdout F  more") + "\n";
  EXPECT_EQ(in_pieces_of(1000, log), "half\noops\n more\n");
}

TEST(CriText, stamps_each_line_once) {
  auto const log = record("stdout P a") + "\n" + record("stdout F b") + "\n" + record("stderr F c") + "\n";
  EXPECT_EQ(in_pieces_of(3, log, CriText::Style::stamped), std::string(at) + " stdout ab\n" + at + " stderr c\n");
}

TEST(CriText, shows_bytes_and_a_last_line_without_an_end_as_they_are) {
  EXPECT_EQ(in_pieces_of(5, record("stdout F \xff\xfe\x1b[1m\n") + record("stdout P no end")),
            "\xff\xfe\x1b[1m\nno end");
}

TEST(CriText, shows_what_is_no_record_instead_of_losing_it) {
  EXPECT_EQ(
      in_pieces_of(4, "not a record at all, and longer than any head of a record would ever be, really\nshort\n\n"),
      "not a record at all, and longer than any head of a record would ever be, really\nshort\n\n");
}

}  // namespace
