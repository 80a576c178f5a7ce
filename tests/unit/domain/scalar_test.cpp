#include "domain/scalar.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace {

using domain::parse_json_value;
using domain::parse_value;
using domain::Value;
using domain::ValueType;

constexpr auto int64_max = std::numeric_limits<std::int64_t>::max();

TEST(Scalar, reads_each_type) {
  EXPECT_EQ(parse_value(ValueType::integer, "-12").value(), Value{std::int64_t{-12}});
  EXPECT_EQ(parse_value(ValueType::integer, "+7").value(), Value{std::int64_t{7}});
  EXPECT_EQ(parse_value(ValueType::integer, "9223372036854775807").value(), Value{int64_max});
  EXPECT_EQ(parse_value(ValueType::real, "2.5").value(), Value{2.5});
  EXPECT_EQ(parse_value(ValueType::real, "3").value(), Value{3.0});
  EXPECT_EQ(parse_value(ValueType::boolean, "true").value(), Value{true});
  EXPECT_EQ(parse_value(ValueType::string, "").value(), Value{std::string()});
  EXPECT_EQ(parse_value(ValueType::json, "[1, {}]").value(), Value{std::string("[1, {}]")});
}

TEST(Scalar, refuses_what_is_not_of_the_type) {
  for (auto const* text : {"", "1.0", "0x10", "1 ", " 1", "9223372036854775808", "+-1", "one", "--1"})
    EXPECT_FALSE(parse_value(ValueType::integer, text)) << text;
  for (auto const* text : {"", "nan", "inf", "-Infinity", "1e400", "1,5", "0x1p3", "1.5x"})
    EXPECT_FALSE(parse_value(ValueType::real, text)) << text;
  for (auto const* text : {"yes", "1", "tRUE", ""}) EXPECT_FALSE(parse_value(ValueType::boolean, text)) << text;
  EXPECT_FALSE(parse_value(ValueType::string, std::string_view("a\0b", 3)));
  EXPECT_FALSE(parse_value(ValueType::string, "\xff"));
  for (auto const* text : {"", "{", "{'a': 1}", "[1,]"}) EXPECT_FALSE(parse_value(ValueType::json, text)) << text;
}

TEST(Scalar, an_error_names_the_text_safely) {
  EXPECT_EQ(parse_value(ValueType::integer, "x\x1b[31m").error().operation, "'x\\x1b[31m' is not a whole number");
}

TEST(Scalar, reads_json_by_type) {
  EXPECT_EQ(parse_json_value(ValueType::integer, " 3.0 ").value(), Value{std::int64_t{3}});
  EXPECT_EQ(parse_json_value(ValueType::integer, "3e2").value(), Value{std::int64_t{300}});
  EXPECT_EQ(parse_json_value(ValueType::integer, "9223372036854775807").value(), Value{int64_max});
  EXPECT_EQ(parse_json_value(ValueType::real, "4").value(), Value{4.0});
  EXPECT_EQ(parse_json_value(ValueType::string, R"("a\nb")").value(), Value{std::string("a\nb")});
  EXPECT_EQ(parse_json_value(ValueType::json, "null").value(), Value{std::string("null")});
}

TEST(Scalar, refuses_json_of_another_type) {
  for (auto const* text : {"3.5", "\"3\"", "null", "true", "[]", "1e300"})
    EXPECT_FALSE(parse_json_value(ValueType::integer, text)) << text;
  for (auto const* text : {"\"1\"", "null", "1e999"}) EXPECT_FALSE(parse_json_value(ValueType::real, text)) << text;
  for (auto const* text : {"1", "null", "{}"}) EXPECT_FALSE(parse_json_value(ValueType::string, text)) << text;
  for (auto const* text : {"1", "\"true\""}) EXPECT_FALSE(parse_json_value(ValueType::boolean, text)) << text;
}

TEST(Scalar, a_double_survives_json_to_the_last_bit) {
  // Boost.JSON 1.81's own number parser is off by one unit for some of these.
  double number = 0.1;
  for (int i = 0; i < 2000; ++i) {
    number = std::nextafter(number * 1.37, 1e300);
    auto const text = domain::to_json(Value{number}, ValueType::real);
    ASSERT_EQ(parse_json_value(ValueType::real, text).value(), Value{number}) << text;
  }
}

TEST(Scalar, arguments_are_what_scripts_read) {
  EXPECT_EQ(domain::to_argument(Value{2.5}), "2.5");
  EXPECT_EQ(domain::to_argument(Value{3.0}), "3");
  EXPECT_EQ(domain::to_argument(Value{0.1}), "0.1");
  EXPECT_EQ(domain::to_argument(Value{false}), "false");
  EXPECT_EQ(domain::to_argument(Value{std::int64_t{-4}}), "-4");
  EXPECT_EQ(domain::to_argument(Value{std::string("a b")}), "a b");
  EXPECT_EQ(domain::to_argument(Value{}), "");
}

}  // namespace
