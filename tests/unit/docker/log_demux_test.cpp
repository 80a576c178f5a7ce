#include "docker/log_demux.hpp"

#include <gtest/gtest.h>

using docker::LogDemux;
using docker::LogFrame;
using docker::Stream;

namespace {

std::string frame(int stream, std::string const& payload) {
  std::string bytes{static_cast<char>(stream), 0, 0, 0};
  for (unsigned shift = 32; shift > 0;) bytes += static_cast<char>(payload.size() >> (shift -= 8) & 0xffU);
  return bytes + payload;
}

std::string const when = "2026-11-22T15:16:41.048572631Z";
std::string const log =
    frame(1, when + " hello\n") + frame(2, when + " \xff\x00z\n") + frame(1, when + " ") + frame(1, "");

void expect_whole(std::vector<LogFrame> const& frames) {
  ASSERT_EQ(frames.size(), 4U);
  EXPECT_EQ(frames[0].stream, Stream::standard_output);
  EXPECT_EQ(frames[0].timestamp, when);
  EXPECT_EQ(frames[0].text, "hello\n");
  EXPECT_EQ(frames[1].stream, Stream::standard_error);
  EXPECT_EQ(frames[1].text, std::string("\xff"));
  EXPECT_EQ(frames[2].timestamp, when);
  EXPECT_EQ(frames[2].text, "");
  EXPECT_EQ(frames[3].timestamp, "");
}

core::Errc error_of(std::string const& bytes) {
  LogDemux demux;
  std::vector<LogFrame> frames;
  auto const fed = demux.feed(bytes, frames);
  return fed ? core::Errc::internal : fed.error().code;
}

}  // namespace

TEST(LogDemux, case_37_gives_the_same_frames_wherever_the_stream_is_cut) {
  for (std::size_t cut = 0; cut <= log.size(); ++cut) {
    LogDemux demux;
    std::vector<LogFrame> frames;
    ASSERT_TRUE(demux.feed(log.substr(0, cut), frames));
    ASSERT_TRUE(demux.feed(log.substr(cut), frames));
    expect_whole(frames);
    EXPECT_TRUE(demux.finish());
  }
}

TEST(LogDemux, takes_single_bytes) {
  LogDemux demux;
  std::vector<LogFrame> frames;
  for (char const byte : log) ASSERT_TRUE(demux.feed(std::string_view(&byte, 1), frames));
  expect_whole(frames);
}

TEST(LogDemux, leaves_text_without_a_timestamp_as_it_is) {
  LogDemux demux;
  std::vector<LogFrame> frames;
  ASSERT_TRUE(demux.feed(frame(1, "plain text that is long enough for a time\n"), frames));
  EXPECT_EQ(frames.at(0).timestamp, "");
  EXPECT_EQ(frames.at(0).text, "plain text that is long enough for a time\n");
}

TEST(LogDemux, case_37_refuses_heads_that_are_none) {
  EXPECT_EQ(error_of(frame(3, "x")), core::Errc::protocol);
  EXPECT_EQ(error_of(frame(0, "x")), core::Errc::protocol);
  EXPECT_EQ(error_of("plain TTY output"), core::Errc::protocol);
  EXPECT_EQ(error_of(std::string("\1\0\0\0\0\x10\0\1", 8)), core::Errc::protocol) << "1 MiB and a byte";
  EXPECT_EQ(error_of(std::string("\1\0\0\0\xff\xff\xff\xff", 8)), core::Errc::protocol) << "4 GiB";
  EXPECT_EQ(error_of(std::string("\1\0\0\0\0\x10\0\0", 8)), core::Errc::internal) << "1 MiB is allowed";
}

TEST(LogDemux, notices_an_end_inside_a_frame) {
  for (std::size_t cut : {1U, 7U, 8U, 20U}) {
    LogDemux demux;
    std::vector<LogFrame> frames;
    ASSERT_TRUE(demux.feed(log.substr(0, cut), frames));
    EXPECT_FALSE(demux.finish()) << cut;
  }
}
