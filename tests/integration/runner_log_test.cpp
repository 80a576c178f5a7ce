#include "orchestrator/log_reader.hpp"
#include "runner_world.hpp"

namespace orchestrator {
namespace {

constexpr auto out = docker::Stream::standard_output;
constexpr auto err = docker::Stream::standard_error;

class RunnerLog : public testing::Test, protected World {
 protected:
  RunnerLog() { engine.on_start(long_script()); }
  std::filesystem::path path_of(store::RunNo no) {
    return dir / "state" / "logs" /
           (text("SELECT run_id FROM run WHERE run_no = " + std::to_string(no.value)) + "-a1.log");
  }
  std::string read(store::RunNo no) {
    auto reader = LogReader::open(path_of(no)).value();
    std::string all;
    while (reader) {
      auto const part = reader->read(static_cast<std::int64_t>(all.size()), 1'000'000).value();
      if (part.empty()) break;
      all += part;
    }
    return all;
  }
  void until_logged(store::RunNo no, std::string const& text) {
    until([&] { return log_of(no, 1).find(text) != std::string::npos; });
  }
  static int count_of(std::string const& text, std::string const& part) {
    int count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
  }
};

TEST_F(RunnerLog, goes_on_behind_what_is_stored_after_a_restart_without_gap_or_repeat) {
  begin();
  auto const no = land("a.csv");
  until_state(no, "running");
  engine.write_log(only_container(), out, "first\n");
  engine.write_log(only_container(), err, "second\n");
  until_logged(no, "second");
  life->end();
  // Were it read anew, this mark would go.
  std::fstream(path_of(no), std::ios::in | std::ios::out | std::ios::binary).write("X", 1);
  engine.write_log(only_container(), out, "third\n");  // all frames have the same time: only their count tells them
  restart();
  until_logged(no, "third");
  engine.write_log(only_container(), err, "fourth\n");
  until_logged(no, "fourth");
  auto const live = log_of(no, 1);
  EXPECT_EQ(live.front(), 'X') << live;
  for (auto const* const line : {"first", "second", "third", "fourth"}) EXPECT_EQ(count_of(live, line), 1) << live;
  leave_results(engine, only_container());
  engine.exit(only_container(), 0);
  until_over(no);
  auto const whole = read(no);
  EXPECT_NE(whole.front(), 'X') << "the complete one is read from the engine";
  for (auto const* const line : {"first", "second", "third", "fourth"}) EXPECT_EQ(count_of(whole, line), 1) << whole;
  expect_clean();
}

TEST_F(RunnerLog, is_read_anew_where_the_cursor_is_torn) {
  begin();
  auto const no = land("a.csv");
  until_state(no, "running");
  engine.write_log(only_container(), out, "first\n");
  until_logged(no, "first");
  life->end();
  auto const attempts = dir / "state" / "attempts";
  std::filesystem::resize_file(std::filesystem::directory_iterator(attempts)->path() / "log-cursor", 20);
  engine.write_log(only_container(), out, "second\n");
  restart();
  until_logged(no, "second");
  EXPECT_EQ(count_of(log_of(no, 1), "first"), 1);
}

TEST_F(RunnerLog, goes_on_when_the_engine_was_away) {
  begin();
  auto const no = land("a.csv");
  until_state(no, "running");
  engine.write_log(only_container(), out, "first\n");
  until_logged(no, "first");
  engine.set_down(true);
  engine.write_log(only_container(), out, "second\n");
  auto const calls = engine.calls(Call::inspect);
  until([&] { return engine.calls(Call::inspect) > calls; });
  engine.set_down(false);
  until_logged(no, "second");
  EXPECT_EQ(count_of(log_of(no, 1), "first"), 1);
}

TEST_F(RunnerLog, is_compressed_when_it_is_complete_and_long) {
  engine.on_start([](FakeEngine& world, FakeContainer& container) {
    for (int i = 0; i < 50'000; ++i)
      world.write_log(container, i % 2 == 0 ? out : err, "line " + std::to_string(i) + "\n");
    leave_results(world, container);
    world.exit(container, 0);
  });
  begin();
  auto const no = land("a.csv");
  until_over(no);
  expect_result(no);
  auto const text = read(no);
  EXPECT_NE(text.find("stderr F line 49999\n"), std::string::npos);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 50'001);
  EXPECT_LT(std::filesystem::file_size(path_of(no)), text.size() / 5);
  expect_clean();
}

}  // namespace
}  // namespace orchestrator
