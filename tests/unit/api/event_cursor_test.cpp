#include "api/event_cursor.hpp"

#include <gtest/gtest.h>

namespace api {
namespace {

TEST(EventCursor, reads_back_what_it_writes) {
  for (std::string const text : {"a0b1:0", "a0b1:77", "a0b1:77;42.1:0", "a0b1:9223372036854775807;01K9ZB6X4M.12:345"})
    EXPECT_EQ(to_string(parse_event_cursor(text).value()), text);
  EXPECT_EQ(parse_log_cursor("42.3")->line, 0);
}

TEST(EventCursor, refuses_what_is_none) {
  for (std::string const text : {"", ":", "a:", ":1", "a:-1", "a:1;", "a:1;42", "a:1;42.0:1", "a:1;42.1:", "a:1;42.1:x",
                                 "a:1;../x.1:1", "a\n:1", "a:1 ", "a:99999999999999999999"})
    EXPECT_FALSE(parse_event_cursor(text)) << text;
  EXPECT_FALSE(parse_event_cursor(std::string(100, 'a') + ":1"));
}

}  // namespace
}  // namespace api
