#include "orchestrator/outputs.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace orchestrator {
namespace {

using domain::OutputSpec;
using domain::Value;
using domain::ValueType;

OutputSpec spec(std::string name, ValueType type, bool required = true) {
  OutputSpec declared;
  declared.name = std::move(name);
  declared.type = type;
  declared.required = required;
  return declared;
}

/// The value of the only output, declared as `type`; an error is told in text.
Value one(ValueType type, std::string const& json) {
  auto const rows = read_outputs({spec("x", type)}, "{\"x\": " + json + "}", {});
  if (!rows) return Value("error: " + rows.error().operation);
  EXPECT_EQ(rows->size(), 1U);
  EXPECT_EQ(rows->front().type, type);
  return rows->front().value;
}
Value undeclared(std::string const& json) {
  auto const rows = read_outputs({}, "{\"x\": " + json + "}", {});
  return rows ? rows->at(0).value : Value("error: " + rows.error().operation);
}
std::string error_of(std::vector<OutputSpec> const& declared, std::string_view json, std::string_view lines = {}) {
  auto const rows = read_outputs(declared, json, lines);
  return rows ? "(no error)" : rows.error().operation;
}

TEST(Outputs, take_scalars_of_every_declared_type) {
  EXPECT_EQ(one(ValueType::integer, "12"), Value(std::int64_t{12}));
  EXPECT_EQ(one(ValueType::integer, "-9223372036854775808"), Value(INT64_MIN));
  EXPECT_EQ(one(ValueType::integer, "9223372036854775807"), Value(INT64_MAX));
  EXPECT_EQ(one(ValueType::real, "2.5"), Value(2.5));
  EXPECT_EQ(one(ValueType::real, "3"), Value(3.0));
  EXPECT_EQ(one(ValueType::real, "1e-300"), Value(1e-300));
  EXPECT_EQ(one(ValueType::boolean, "true"), Value(true));
  EXPECT_EQ(one(ValueType::boolean, "false"), Value(false));
  EXPECT_EQ(one(ValueType::string, "\"a\\u00e9\\n\""), Value(std::string("a\xc3\xa9\n")));
  EXPECT_EQ(one(ValueType::string, "\"\""), Value(std::string()));
}

TEST(Outputs, take_a_float_to_the_last_bit) {
  for (auto const* const text : {"0.1", "2.2250738585072014e-308", "1.7976931348623157e308", "123456789.123456789",
                                 "0.30000000000000004", "9007199254740993.0", "5e-324", "3.141592653589793",
                                 "2.718281828459045", "1.0000000000000002", "6.02214076e23", "0.1234567890123456789"})
    EXPECT_EQ(one(ValueType::real, text), Value(std::strtod(text, nullptr))) << text;
}

TEST(Outputs, take_a_whole_float_for_an_int) {
  EXPECT_EQ(one(ValueType::integer, "12.0"), Value(std::int64_t{12}));
  EXPECT_EQ(one(ValueType::integer, "1e3"), Value(std::int64_t{1000}));
  EXPECT_EQ(one(ValueType::integer, "-0.0"), Value(std::int64_t{0}));
}

TEST(Outputs, take_the_boxes_that_jsonlite_writes) {
  EXPECT_EQ(one(ValueType::integer, "[12]"), Value(std::int64_t{12}));
  EXPECT_EQ(one(ValueType::real, "[2.5]"), Value(2.5));
  EXPECT_EQ(one(ValueType::boolean, "[true]"), Value(true));
  EXPECT_EQ(one(ValueType::string, "[\"a\"]"), Value(std::string("a")));
  EXPECT_EQ(undeclared("[12]"), Value(std::int64_t{12}));
}

TEST(Outputs, refuse_the_wrong_type_and_say_what_came) {
  for (auto const& [type, json] :
       std::initializer_list<std::pair<ValueType, char const*>>{{ValueType::integer, "\"12\""},
                                                                {ValueType::integer, "12.5"},
                                                                {ValueType::integer, "true"},
                                                                {ValueType::integer, "[1,2]"},
                                                                {ValueType::integer, "1e30"},
                                                                {ValueType::integer, "9223372036854775808"},
                                                                {ValueType::integer, "[[1]]"},
                                                                {ValueType::real, "\"2.5\""},
                                                                {ValueType::real, "{}"},
                                                                {ValueType::real, "[]"},
                                                                {ValueType::boolean, "1"},
                                                                {ValueType::boolean, "\"true\""},
                                                                {ValueType::string, "1"},
                                                                {ValueType::string, "[\"a\",\"b\"]"}}) {
    auto const error = error_of({spec("x", type)}, std::string("{\"x\": ") + json + "}");
    EXPECT_EQ(error.find("output 'x' should be " + std::string(domain::to_string(type)) + ", got "), 0U)
        << json << ": " << error;
  }
}

TEST(Outputs, refuse_what_json_has_no_word_for) {
  for (auto const* const text : {"NaN", "Infinity", "-Infinity", "nan", "1.", "'a'", "0x10"})
    EXPECT_NE(error_of({spec("x", ValueType::real)}, std::string("{\"x\": ") + text + "}").find("not valid JSON"),
              std::string::npos)
        << text;
  EXPECT_NE(error_of({spec("x", ValueType::real)}, "{\"x\": 1e400}"), "(no error)");
  EXPECT_NE(error_of({}, "{\"x\": 1e400}"), "(no error)");
}

TEST(Outputs, keep_json_of_any_shape_where_it_was_declared) {
  EXPECT_EQ(one(ValueType::json, "{\"a\": [1, {\"b\": null}]}"), Value(std::string("{\"a\": [1, {\"b\": null}]}")));
  EXPECT_EQ(one(ValueType::json, "[1]"), Value(std::string("[1]")));
  EXPECT_EQ(one(ValueType::json, "12"), Value(std::string("12")));
}

TEST(Outputs, miss_what_is_required) {
  EXPECT_EQ(error_of({spec("x", ValueType::real)}, "{}"), "output 'x' is declared but was not given");
  EXPECT_EQ(error_of({spec("x", ValueType::real)}, ""), "output 'x' is declared but was not given");
  EXPECT_EQ(error_of({spec("x", ValueType::real)}, "{\"x\": null}"), "output 'x' is declared but was not given");
  EXPECT_EQ(error_of({spec("x", ValueType::real)}, "{\"x\": [null]}"), "output 'x' is declared but was not given");
  EXPECT_EQ(error_of({spec("x", ValueType::real, false)}, "{}"), "(no error)");
  EXPECT_TRUE(read_outputs({spec("x", ValueType::real, false)}, "{\"x\": null}", {}).value().empty());
}

TEST(Outputs, keep_what_was_not_declared_with_the_type_it_shows) {
  auto const rows =
      read_outputs({}, R"({"a": 1, "b": 1.5, "c": true, "d": "t", "e": [1, 2], "f": {"g": 1}, "h": null})", "").value();
  std::string shown;
  for (auto const& row : rows) shown += row.name + ":" + std::string(domain::to_string(row.type)) + " ";
  EXPECT_EQ(shown, "a:int b:float c:bool d:string e:json f:json h:json ");
}

TEST(Outputs, keep_unit_and_order_of_the_declaration) {
  auto second = spec("a", ValueType::real);
  second.unit = "celsius";
  auto const rows = read_outputs({spec("z", ValueType::integer), second}, R"({"a": 1, "z": 2, "m": 3})", "").value();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].name, "z");
  EXPECT_EQ(rows[1].unit, "celsius");
  EXPECT_EQ(rows[2].name, "m");
}

TEST(Outputs, a_line_wins_over_the_file_and_the_last_line_of_a_name) {
  auto const rows =
      read_outputs({spec("n", ValueType::integer)}, R"({"n": 1, "other": "file"})", "n=2\nother=line\nn=3\n").value();
  EXPECT_EQ(rows[0].value, Value(std::int64_t{3}));
  EXPECT_EQ(rows[1].value, Value(std::string("line")));
}

TEST(Outputs, lines_may_end_in_any_way) {
  auto const rows = read_outputs({}, "", "a=1\r\n\n\r\nb=x=y\nc=\nd=last").value();
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[0].value, Value(std::int64_t{1}));
  EXPECT_EQ(rows[1].value, Value(std::string("x=y")));
  EXPECT_EQ(rows[2].value, Value(std::string()));
  EXPECT_EQ(rows[3].value, Value(std::string("last")));
}

TEST(Outputs, a_text_stays_a_text_where_that_was_declared) {
  auto const rows =
      read_outputs({spec("batch", ValueType::string), spec("plain", ValueType::string)}, "", "batch=007\nplain=12\n");
  ASSERT_TRUE(rows) << rows.error().operation;
  EXPECT_EQ(rows->at(0).value, Value(std::string("007")));
  EXPECT_EQ(rows->at(1).value, Value(std::string("12")));
}

TEST(Outputs, bad_lines_are_told) {
  for (auto const* const line : {"no equals sign", "=value", "a\x01=1", "caf\xe9=1", "a=\xff"})
    EXPECT_NE(error_of({}, "", line).find("is not name=value"), std::string::npos) << testing::PrintToString(line);
  EXPECT_NE(error_of({}, "", std::string(129, 'n') + "=1"), "(no error)");
  EXPECT_EQ(error_of({}, "", std::string(128, 'n') + "=1"), "(no error)");
}

TEST(Outputs, refuse_a_file_that_is_no_flat_object) {
  for (auto const* const json : {"[1]", "12", "\"x\"", "null"})
    EXPECT_NE(error_of({}, json).find("one flat object"), std::string::npos) << json;
  for (auto const* const json :
       {"{", "{\"a\": 1,}", "{\"a\" 1}", "n=1", "{\"a\": 1} x", "\xef\xbb\xbf{}", "{\"a\": \"\xff\"}"})
    EXPECT_NE(error_of({}, json).find("not valid JSON"), std::string::npos) << testing::PrintToString(json);
  EXPECT_NE(error_of({}, "{\"\": 1}"), "(no error)");
}

TEST(Outputs, a_line_may_be_written_as_json_too) {
  EXPECT_EQ(read_outputs({spec("x", ValueType::integer)}, "", "x=12.0\n").value().at(0).value, Value(std::int64_t{12}));
  EXPECT_EQ(read_outputs({spec("x", ValueType::real)}, "", "x=[2.5]\n").value().at(0).value, Value(2.5));
  EXPECT_EQ(read_outputs({}, "", "x=\"quoted\"\n").value().at(0).value, Value(std::string("quoted")));
  EXPECT_NE(error_of({spec("x", ValueType::integer)}, "", "x=NA\n").find("should be int, got NA"), std::string::npos);
  EXPECT_NE(error_of({spec("x", ValueType::integer)}, "", "x=\n").find("should be int, got an empty text"),
            std::string::npos);
}

TEST(Outputs, refuse_a_name_that_the_file_gives_twice) {
  EXPECT_EQ(error_of({}, R"({"a": 1, "b": 2, "a": 3, "a": 4})"), "outputs.json gives 'a' more than once");
  EXPECT_EQ(error_of({}, R"({"a": {"a": 1}, "b": [{"a": 2}]})"), "(no error)");
}

TEST(Outputs, find_every_member_however_it_is_written) {
  auto const rows =
      read_outputs({}, "\r\n\t{ \"a\\\"b\\\\\" :\t[ 1 ] ,\"c,d}\":\"},{\\\"\\\\\",\n\"e\":{\"f\":[\"]}\",{}]}\n}\n ",
                   "")
          .value();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].name, "a\"b\\");
  EXPECT_EQ(rows[0].value, Value(std::int64_t{1}));
  EXPECT_EQ(rows[1].name, "c,d}");
  EXPECT_EQ(rows[1].value, Value(std::string("},{\"\\")));
  EXPECT_EQ(rows[2].value, Value(std::string("{\"f\":[\"]}\",{}]}")));
}

TEST(Outputs, a_text_with_a_nul_is_refused) {
  EXPECT_NE(error_of({spec("x", ValueType::string)}, R"({"x": "a\u0000b"})"), "(no error)");
  EXPECT_NE(error_of({}, R"({"x": "a\u0000b"})"), "(no error)");
}

TEST(Outputs, bound_depth_and_number) {
  EXPECT_NE(
      error_of({spec("x", ValueType::json)}, "{\"x\": " + std::string(100'000, '[') + std::string(100'000, ']') + "}"),
      "(no error)");
  EXPECT_NE(error_of({}, "", "x=" + std::string(100'000, '[')), "crash");
  std::string lines;
  for (int i = 0; i < 1000; ++i) lines += "n" + std::to_string(i) + "=1\n";
  EXPECT_EQ(error_of({}, "", lines), "(no error)");
  EXPECT_NE(error_of({}, "", lines + "one=more\n").find("more than 1000"), std::string::npos);
}

TEST(Outputs, tell_every_error_at_once) {
  auto const error =
      error_of({spec("a", ValueType::integer), spec("b", ValueType::real)}, R"({"a": "x", "": 1})", "broken\n");
  for (auto const* const part :
       {"'a' should be int", "'b' is declared but was not given", "a name is empty", "'broken'"})
    EXPECT_NE(error.find(part), std::string::npos) << error;
}

TEST(Outputs, hostile_bytes_never_reach_the_message_raw) {
  auto const error = error_of({}, "", "\x1b[31mevil");
  EXPECT_EQ(error.find('\x1b'), std::string::npos);
  EXPECT_NE(error.find("\\x1b"), std::string::npos) << error;
}

}  // namespace
}  // namespace orchestrator
