#include "docker/event_stream.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using docker::EventStream;

std::string event(std::string const& action, std::int64_t ms, std::string const& signal = {}) {
  return R"({"Type":"container","Action":")" + action + R"(","Actor":{"ID":"c","Attributes":{"signal":")" + signal +
         R"("}},"timeNano":)" + std::to_string(ms) + "000000}\n";
}

TEST(EventStream, counts_what_happened_wherever_it_is_cut) {
  auto const text = event("start", 10) + event("kill", 20, "15") + event("die", 30);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    EventStream events(core::from_ms(30));
    ASSERT_TRUE(events.feed(std::string_view(text).substr(0, cut)));
    EXPECT_EQ(events.complete(), cut >= text.size() - 1);
    ASSERT_TRUE(events.feed(std::string_view(text).substr(cut)));
    EXPECT_TRUE(events.complete());
    EXPECT_EQ(events.history().starts, 1);
    EXPECT_EQ(events.history().kills, 1);
    EXPECT_EQ(events.history().deaths, 1);
  }
}

TEST(EventStream, goes_on_behind_an_older_death) {
  EventStream events(core::from_ms(60));
  ASSERT_TRUE(events.feed(event("start", 10) + event("die", 30) + event("start", 50)));
  EXPECT_FALSE(events.complete());
  ASSERT_TRUE(events.feed(event("die", 60)));
  EXPECT_TRUE(events.complete());
  EXPECT_EQ(events.history().starts, 2);
}

TEST(EventStream, leaves_out_signals_that_end_nothing) {
  EventStream events(core::from_ms(0));
  ASSERT_TRUE(events.feed(event("kill", 1, "28") + event("kill", 2, "18")));  // the window's size; go on
  EXPECT_EQ(events.history().kills, 0);
  ASSERT_TRUE(events.feed(event("kill", 3, "9") + event("kill", 4, "1") + event("kill", 5)));
  EXPECT_EQ(events.history().kills, 3) << "a signal that is not named is no harmless one";
}

TEST(EventStream, refuses_what_is_no_json) {
  EventStream events(core::from_ms(0));
  EXPECT_FALSE(events.feed("<html>"));
}

}  // namespace
