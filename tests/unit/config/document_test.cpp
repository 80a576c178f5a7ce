#include "config/document.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/reader.hpp"

namespace {

using config::Node;
using config::scalar_type;
using config::ScalarType;
using config::SourceText;
using testing::HasSubstr;

struct Parsed {
  explicit Parsed(std::string const& text) : source(text, "t.yaml"), root(config::parse_document(source)) {}
  SourceText source;
  std::unique_ptr<Node> root;
  [[nodiscard]] std::string errors() const { return config::render(source.diagnostics()); }
};

TEST(Document, keeps_the_order_and_the_texts_of_the_file) {
  Parsed const parsed("b: [1, \"1\"]\na: {x: }\n");
  ASSERT_TRUE(parsed.root) << parsed.errors();
  EXPECT_EQ(parsed.root->entries.at(0).key, "b");
  EXPECT_TRUE(parsed.root->entries[0].value.items.at(0).plain);
  EXPECT_FALSE(parsed.root->entries[0].value.items.at(1).plain);
  EXPECT_EQ(parsed.root->find("a")->value.find("x")->value.kind, Node::Kind::null);
}

TEST(Document, scalars_are_those_of_yaml_1_2) {
  auto const type = [](std::string const& text) {
    Parsed const parsed("[" + text + "]");
    return scalar_type(parsed.root->items.at(0));
  };
  for (auto const* text :
       {"yes", "No", "on", "off", "y",   "010",   "0b1",   "1_000",  "12:30:45", "2026-11-01", "-",
        "+",   ".",  "1e", "0x",  "0o8", "1.2.3", "\"1\"", "'true'", "tRUE",     "0xg",        "+.e3"})
    EXPECT_EQ(type(text), ScalarType::text) << text;
  for (auto const* text : {"0", "-0", "+12", "0x1F", "0o17", "9223372036854775807"})
    EXPECT_EQ(type(text), ScalarType::integer) << text;
  for (auto const* text : {"1.", ".5", "-1.5e-3", "1e5", "0.0", "9223372036854775808"})
    EXPECT_EQ(type(text), ScalarType::real) << text;
  for (auto const* text : {"true", "True", "FALSE"}) EXPECT_EQ(type(text), ScalarType::boolean) << text;
}

TEST(Document, a_quote_that_is_not_closed_is_an_error) {
  // yaml-cpp 0.7 takes the end of the file for the closing quote.
  EXPECT_THAT(Parsed("a: \"b\nc: d\n").errors(), HasSubstr("t.yaml:1:4: error: this quote is not closed"));
  EXPECT_THAT(Parsed("a: 'it''s\n").errors(), HasSubstr("not closed"));
  EXPECT_EQ(Parsed("a: 'it''s'\nb: \"x\\\"y\"\nc: &d \"z\"\n").errors(), "");
}

TEST(Document, aliases_are_copied) {
  Parsed const parsed("a: &x [1, 2]\nb: *x\n");
  ASSERT_TRUE(parsed.root) << parsed.errors();
  EXPECT_EQ(parsed.root->find("b")->value.items.size(), 2U);
}

TEST(Document, an_alias_bomb_is_cut_short) {
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c < 'z'; ++c) {
    std::string const alias = std::string("*") + static_cast<char>(c - 1);
    bomb += std::string(1, c) + ": &" + c + " [" + alias;
    for (int i = 0; i < 7; ++i) bomb += ", " + alias;
    bomb += "]\n";
  }
  Parsed const parsed(bomb);
  EXPECT_FALSE(parsed.root);
  EXPECT_THAT(parsed.errors(), HasSubstr("more than 5000 values"));
}

TEST(Document, a_large_text_cannot_be_multiplied) {
  std::string text = "a: &a " + std::string(100'000, 'x') + "\nb: [*a";
  for (int i = 0; i < 1000; ++i) text += ", *a";
  Parsed const parsed(text + "]\n");
  EXPECT_FALSE(parsed.root);
}

TEST(Document, is_bounded_in_size_and_depth) {
  EXPECT_THAT(Parsed("a: " + std::string(std::size_t{1} << 20U, 'x')).errors(), HasSubstr("larger than 1 MiB"));
  EXPECT_THAT(Parsed(std::string(20'000, '[')).errors(), HasSubstr("deep"));
  EXPECT_THAT(Parsed(std::string(20'000, '{')).errors(), HasSubstr("deep"));
  std::string block;
  for (std::size_t i = 0; i < 700; ++i) block += std::string(i, ' ') + "a:\n";
  EXPECT_THAT(Parsed(block).errors(), HasSubstr("deep"));
}

TEST(Document, knows_the_place_of_bytes_that_are_not_utf8) {
  EXPECT_THAT(Parsed("a: b\nc: \"\xc3\xa4 \xff\"\n").errors(), HasSubstr("t.yaml:2:"));
  EXPECT_THAT(Parsed("\xff").errors(), HasSubstr("t.yaml:1:1: error: the file is not UTF-8"));
}

TEST(Document, takes_a_byte_order_mark) {
  Parsed const parsed("\xef\xbb\xbfname: x\n");
  ASSERT_TRUE(parsed.root) << parsed.errors();
  EXPECT_TRUE(parsed.root->find("name"));
}

}  // namespace
