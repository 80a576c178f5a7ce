#include "orchestrator/log_file.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "support/temp_dir.hpp"

namespace orchestrator {
namespace {

using docker::LogFrame;
using docker::Stream;

LogFrame frame(std::string text, Stream stream = Stream::standard_output) {
  return {stream, "T", std::move(text)};
}
std::string read(std::filesystem::path const& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(LogFile, writes_a_record_for_each_line) {
  EXPECT_EQ(to_cri({frame("one\n"), frame("two\n", Stream::standard_error)}), "T stdout F one\nT stderr F two\n");
  EXPECT_EQ(to_cri({frame("one\ntwo\n")}), "T stdout F one\nT stdout F two\n");
  EXPECT_EQ(to_cri({frame("\n\n")}), "T stdout F \nT stdout F \n");
}

TEST(LogFile, marks_a_line_that_goes_on) {
  EXPECT_EQ(to_cri({frame("half "), frame("whole\n")}), "T stdout P half \nT stdout F whole\n");
  EXPECT_EQ(to_cri({frame("one\ntw")}), "T stdout F one\nT stdout P tw\n");
}

TEST(LogFile, keeps_bytes_as_they_came) {
  std::string const bytes("a\0b\r\xff\x1b[31m", 10);
  EXPECT_EQ(to_cri({frame(bytes + "\n")}), "T stdout F " + bytes + "\n");
}

TEST(LogFile, writes_nothing_for_nothing) {
  EXPECT_EQ(to_cri({}), "");
  EXPECT_EQ(to_cri({frame("")}), "");
}

TEST(LogFile, grows_by_appending) {
  support::TempDir const dir;
  ASSERT_TRUE(append_log(dir / "log", "one\n", true));
  ASSERT_TRUE(append_log(dir / "log", "", false));
  ASSERT_TRUE(append_log(dir / "log", "two\n", false));
  EXPECT_EQ(read(dir / "log"), "one\ntwo\n");
}

TEST(LogFile, is_replaced_by_the_complete_one) {
  support::TempDir const dir;
  ASSERT_TRUE(append_log(dir / "log", "seen live\n", false));
  ASSERT_TRUE(append_log(dir / "log.complete", "all of it\n", false));
  ASSERT_TRUE(replace_log(dir / "log", dir / "log.complete"));
  EXPECT_EQ(read(dir / "log"), "all of it\n");
  EXPECT_FALSE(std::filesystem::exists(dir / "log.complete"));
}

TEST(LogFile, of_a_silent_script_is_there_and_empty) {
  support::TempDir const dir;
  ASSERT_TRUE(replace_log(dir / "log", dir / "log.complete"));
  EXPECT_TRUE(std::filesystem::exists(dir / "log"));
  EXPECT_EQ(read(dir / "log"), "");
}

TEST(LogFile, says_what_it_could_not_write) {
  support::TempDir const dir;
  auto const written = append_log(dir / "missing" / "log", "x", false);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, core::Errc::not_found);
  EXPECT_EQ(written.error().subject, (dir / "missing" / "log").string());
}

}  // namespace
}  // namespace orchestrator
