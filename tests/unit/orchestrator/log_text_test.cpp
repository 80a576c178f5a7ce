#include "orchestrator/log_text.hpp"

#include <gtest/gtest.h>

namespace orchestrator {
namespace {

docker::LogFrame out(std::string at, std::string text) {
  return {docker::Stream::standard_output, std::move(at), std::move(text)};
}
docker::LogFrame err(std::string at, std::string text) {
  return {docker::Stream::standard_error, std::move(at), std::move(text)};
}
std::shared_ptr<domain::SecretMask const> hunter() {
  return std::make_shared<domain::SecretMask const>(std::vector<std::string>{"hunter2-and-more"});
}

TEST(LogText, masks_a_secret_over_frames_of_one_stream_whatever_the_other_prints_between) {
  LogText log(hunter());
  EXPECT_EQ(log.feed({out("1", "key: hunter2-")}), "1 stdout P key: \n");
  EXPECT_FALSE(log.clear());
  EXPECT_EQ(log.feed({err("2", "and-more\n")}), "2 stderr F and-more\n") << "what follows on stderr ends no secret";
  EXPECT_EQ(log.feed({out("1", "and-more!\n")}), "1 stdout F ***!\n");
  EXPECT_TRUE(log.clear());
}

TEST(LogText, gives_what_it_held_back_when_the_log_ends) {
  LogText log(hunter());
  EXPECT_EQ(log.feed({out("1", "hunter2-an")}), "");
  EXPECT_EQ(log.finish(), "1 stdout P hunter2-an\n");
  EXPECT_EQ(log.finish(), "");
}

TEST(LogText, case_39_ends_a_long_line_whose_newline_the_engine_lost) {
  for (auto const& mask : {std::shared_ptr<domain::SecretMask const>(), hunter()}) {
    LogText log(mask);
    EXPECT_EQ(log.feed({out("1", "a long "), err("2", "other\n"), out("1", "line")}),
              "1 stdout P a long \n2 stderr F other\n1 stdout P line\n");
    EXPECT_EQ(log.feed({out("3", "next\n")}), "3 stdout F \n3 stdout F next\n");
    EXPECT_EQ(log.feed({out("4", "as long as a piece"), out("4", "")}), "4 stdout P as long as a piece\n");
    EXPECT_EQ(log.feed({out("5", "\n")}), "5 stdout F \n5 stdout F \n");
    EXPECT_EQ(log.feed({out("6", "the end")}) + log.finish(), "6 stdout P the end\n");
  }
}

TEST(LogText, is_the_log_itself_without_secrets) {
  LogText log(nullptr);
  EXPECT_EQ(log.feed({out("1", "hunter2-and-more\n")}), "1 stdout F hunter2-and-more\n");
  EXPECT_TRUE(log.clear());
}

}  // namespace
}  // namespace orchestrator
