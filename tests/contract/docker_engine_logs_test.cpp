#include <gmock/gmock.h>

#include "contract/docker_engine_fixture.hpp"

namespace contract {

using docker::LogFrame;
using docker::Stream;

TEST_F(DockerEngine, gives_both_streams_of_the_log_with_their_times) {
  auto const id = run_to_end(shell("echo out; echo err >&2; printf '\\377\\n'")).id;
  auto const frames = read_log(id);
  ASSERT_EQ(frames.size(), 3U);
  std::string out, err;
  for (LogFrame const& frame : frames) {
    (frame.stream == Stream::standard_output ? out : err) += frame.text;
    EXPECT_THAT(frame.timestamp, testing::AllOf(testing::StartsWith("20"), testing::EndsWith("Z")));
  }
  EXPECT_EQ(out, "out\n\377\n") << "bytes that are not UTF-8 come through";
  EXPECT_EQ(err, "err\n");
}

TEST_F(DockerEngine, follows_the_log_of_a_running_container_to_its_end) {
  auto const id = create(shell("trap 'echo second; exit' USR1; echo first; while true; do sleep 0.05; done"));
  ASSERT_TRUE(call([&] { return engine.start(id); }));
  std::string text;
  bool let_go = false;
  docker::Engine::FrameSink const sink = [&](std::vector<LogFrame> frames) -> docker::awaitable<void> {
    for (LogFrame const& frame : frames) text += frame.text;
    if (text != "first\n" || let_go) co_return;
    let_go = true;  // the first line came while it runs: only now may it go on
    auto const signalled = co_await engine.kill(id, "USR1");
    EXPECT_TRUE(signalled) << signalled.error().message();
  };
  auto const followed = call([&] { return engine.logs(id, true, sink); });
  ASSERT_TRUE(followed) << followed.error().message();
  EXPECT_TRUE(let_go);
  EXPECT_EQ(text, "first\nsecond\n");
  EXPECT_EQ(call([&] { return engine.inspect(id); }).value().status, "exited");
}

TEST_F(DockerEngine, reads_a_large_log_in_bounded_pieces) {
  auto const id = run_to_end(shell("yes 0123456789abcde | head -c 2097152")).id;
  std::size_t total = 0, largest = 0;
  docker::Engine::FrameSink const sink = [&](std::vector<LogFrame> frames) -> docker::awaitable<void> {
    std::size_t batch = 0;
    for (LogFrame const& frame : frames) batch += frame.text.size();
    total += batch;
    largest = std::max(largest, batch);
    co_return;
  };
  ASSERT_TRUE(call([&] { return engine.logs(id, false, sink); }));
  EXPECT_EQ(total, 2097152U);
  EXPECT_LE(largest, 80U << 10U) << "a batch is one read and the frame begun before it";
}

TEST_F(DockerEngine, says_not_found_for_the_log_of_an_unknown_container) {
  docker::Engine::FrameSink const sink = [](std::vector<LogFrame>) -> docker::awaitable<void> { co_return; };
  auto const read = call([&] { return engine.logs("tidewheel-contract-never-made", true, sink); });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, core::Errc::not_found);
}

}  // namespace contract
