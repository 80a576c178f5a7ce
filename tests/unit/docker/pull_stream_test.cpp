#include "docker/pull_stream.hpp"

#include <gtest/gtest.h>

using core::Errc;
using docker::PullProgress;
using docker::PullStream;

namespace {

std::string const good =
    "{\"status\":\"Pulling from library/busybox\",\"id\":\"1\"}\r\n"
    "{\"status\":\"Downloading\",\"progressDetail\":{\"current\":10,\"total\":200},\"progress\":\"[> "
    "]\",\"id\":\"ab\"}\r\n"
    "{\"status\":\"caf\\u00e9 {[\\\"\"}{\"status\":\"Status: Downloaded\"}\n\n";

Errc outcome(std::string const& bytes) {
  PullStream stream("r/x:1");
  std::vector<PullProgress> progress;
  auto const fed = stream.feed(bytes, progress);
  if (!fed) return fed.error().code;
  auto const finished = stream.finish();
  return finished ? Errc::internal : finished.error().code;
}

}  // namespace

TEST(PullStream, gives_the_same_records_wherever_the_stream_is_cut) {
  for (std::size_t cut = 0; cut <= good.size(); ++cut) {
    PullStream stream("r/x:1");
    std::vector<PullProgress> progress;
    ASSERT_TRUE(stream.feed(good.substr(0, cut), progress)) << cut;
    ASSERT_TRUE(stream.feed(good.substr(cut), progress)) << cut;
    ASSERT_TRUE(stream.finish()) << cut;
    ASSERT_EQ(progress.size(), 4U) << cut;
    EXPECT_EQ(progress[1].status, "Downloading");
    EXPECT_EQ(progress[1].layer, "ab");
    EXPECT_EQ(progress[1].current, 10);
    EXPECT_EQ(progress[1].total, 200);
    EXPECT_EQ(progress[2].status, "caf\u00e9 {[\"");
  }
}

TEST(PullStream, finds_the_error_inside_a_success) {
  PullStream stream("r/x:1");
  std::vector<PullProgress> progress;
  auto const fed = stream.feed(
      R"({"status":"a"}{"errorDetail":{"message":"unexpected EOF"},"error":"unexpected EOF"}{"status":"b"})", progress);
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().code, Errc::unavailable);
  EXPECT_EQ(fed.error().message().substr(0, 29), "r/x:1: pull: unexpected EOF (");
  EXPECT_EQ(progress.size(), 1U) << "what came before it was told";
  EXPECT_EQ(outcome(R"({"error":"manifest unknown"})"), Errc::not_found) << "without errorDetail too";
}

TEST(PullStream, refuses_what_is_not_a_list_of_records) {
  EXPECT_EQ(outcome("<html>"), Errc::protocol);
  EXPECT_EQ(outcome("[1]"), Errc::protocol);
  EXPECT_EQ(outcome("{\"status\":"), Errc::protocol) << "it ends inside a record";
  EXPECT_EQ(outcome("{\"status\":\"" + std::string(2U << 20U, 'x')), Errc::protocol) << "a record without end";
  EXPECT_EQ(outcome(" \n"), Errc::internal) << "an empty stream is a success";
}
