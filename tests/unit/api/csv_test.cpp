#include "api/csv.hpp"

#include <gtest/gtest.h>

#include <boost/json/object.hpp>

namespace api {
namespace {

TEST(Csv, quotes_what_rfc_4180_wants_quoted) {
  EXPECT_EQ(csv_record({"a", "b c", "", "d,e", "say \"x\"", "two\nlines"}, false),
            "a,b c,,\"d,e\",\"say \"\"x\"\"\",\"two\nlines\"\r\n");
  EXPECT_EQ(csv_record({}, false), "\r\n");
}

TEST(Csv, guards_against_formulas_only_when_asked_to) {
  EXPECT_EQ(csv_record({"=1+1", "@x", "-5", "-x", "+1.5", "\tx"}, true), "'=1+1,'@x,-5,'-x,'+1.5,'\tx\r\n");
  EXPECT_EQ(csv_record({"=1+1"}, false), "=1+1\r\n");
  EXPECT_EQ(csv_record({"=\"a\",b"}, true), "\"'=\"\"a\"\",b\"\r\n");
}

TEST(Csv, writes_values_so_that_they_read_back) {
  EXPECT_EQ(csv_field(nullptr), "");
  EXPECT_EQ(csv_field(0.1), "0.1");
  EXPECT_EQ(csv_field(true), "true");
  EXPECT_EQ(csv_field(-7), "-7");
  EXPECT_EQ(csv_field("text"), "text");
  EXPECT_EQ(csv_field(boost::json::object{{"a", 1}}), R"({"a":1})");
}

}  // namespace
}  // namespace api
