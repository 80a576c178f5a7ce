#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>

#include "integration/api_world.hpp"

namespace {

using integration::ApiWorld;

class Cli : public ::testing::Test {
 protected:
  void expect(std::string const& text, std::string const& part) {
    EXPECT_NE(text.find(part), std::string::npos) << "'" << part << "' is not in:\n" << text;
  }
  void let_runs_end(int code) {
    world.engine().on_start([code](support::FakeEngine& engine, support::FakeContainer& container) {
      container.out["outputs.json"] = R"({"n": 3})";
      engine.write_log(container, docker::Stream::standard_output, "hello from the script\n");
      engine.exit(container, code);
    });
  }
  ApiWorld world;
};

TEST_F(Cli, follows_a_run_to_its_good_end) {
  world.pipeline("qc", "outputs: {n: {type: int}}\n", "*.csv");
  let_runs_end(0);
  world.run([this]() -> boost::asio::awaitable<void> {
    auto const path = world.put("a.txt", "1");
    std::vector<std::string> arguments{"run", "qc", "--input", path, "--follow"};
    auto const ended = co_await world.tidewheel(std::move(arguments));
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_EQ(ended.out, "hello from the script\n");
    expect(ended.err, "succeeded");
    expect(ended.err, "n = 3");
  });
}

TEST_F(Cli, ends_with_1_when_the_followed_run_fails) {
  world.pipeline("qc", "", "*.csv");
  let_runs_end(3);
  world.run([this]() -> boost::asio::awaitable<void> {
    auto const path = world.put("a.txt", "1");
    std::vector<std::string> arguments{"run", "qc", "-i", path, "-f"};
    auto const ended = co_await world.tidewheel(std::move(arguments));
    EXPECT_EQ(ended.code, 1) << ended.err;
    EXPECT_EQ(ended.out, "hello from the script\n");
    expect(ended.err, "exit code 3");
  });
}

TEST_F(Cli, shows_everything_for_people_and_for_programs) {
  world.pipeline("qc", "title: Quality control\noutputs: {n: {type: int}}\n");
  let_runs_end(0);
  world.run([this]() -> boost::asio::awaitable<void> {
    auto const path = world.put("b\xff\x1b[2J.csv", "1");
    (void)co_await world.run_in("1", "succeeded");
    co_await world.idle();
    std::vector<std::vector<std::string>> const commands{{"status"},        {"pipelines"},
                                                         {"runs"},          {"show", "1"},
                                                         {"results", "qc"}, {"results", "qc", "--history"},
                                                         {"why", path},     {"why", "1"},
                                                         {"logs", "1"},     {"logs", "1", "--timestamps"}};
    for (auto const& command : commands) {
      auto const people = co_await world.tidewheel(command);
      EXPECT_EQ(people.code, 0) << command[0] << people.err;
      EXPECT_FALSE(people.out.empty()) << command[0];
      EXPECT_EQ(people.out.find('\x1b'), std::string::npos) << people.out;
      auto arguments = command;
      arguments.insert(arguments.begin(), "--json");
      auto const program = co_await world.tidewheel(std::move(arguments));
      EXPECT_EQ(program.code, 0) << command[0] << program.err;
      boost::system::error_code error;
      (void)boost::json::parse(program.out, error);
      EXPECT_FALSE(error) << command[0] << ": " << program.out;
    }
  });
}

TEST_F(Cli, turns_problems_into_messages_and_exit_codes) {
  world.pipeline("quality");
  world.run([this]() -> boost::asio::awaitable<void> {
    std::vector<std::string> arguments{"show", "99"};
    auto const no_run = co_await world.tidewheel(std::move(arguments));
    EXPECT_EQ(no_run.code, 66);
    expect(no_run.err, "there is no such run");
    std::vector<std::string> mistyped{"results", "qualtiy"};
    auto const no_pipeline = co_await world.tidewheel(std::move(mistyped));
    EXPECT_EQ(no_pipeline.code, 66);
    expect(no_pipeline.err, "did you mean 'quality'?");
    std::vector<std::string> wrong{"run", "quality", "-p", "none=1"};
    auto const no_param = co_await world.tidewheel(std::move(wrong));
    EXPECT_EQ(no_param.code, 65) << no_param.err;
  });
}

TEST_F(Cli, finds_runs_exports_results_and_lists_the_feed) {
  world.pipeline("qc", "outputs: {n: {type: int}}\n");
  let_runs_end(0);
  world.run([this]() -> boost::asio::awaitable<void> {
    world.put("a.csv", "1");
    (void)co_await world.run_in("1", "succeeded");
    std::vector<std::string> search{"runs", "--query", "out.n:3 key:a.csv"};
    auto const found = co_await world.tidewheel(std::move(search));
    expect(found.out, "a.csv");
    std::vector<std::string> mistyped{"runs", "-q", "ouT.n:3"};
    auto const refused = co_await world.tidewheel(std::move(mistyped));
    EXPECT_EQ(refused.code, 65);
    expect(refused.err, "did you mean 'out'?");
    auto const file = world.data() + "-export.csv";
    std::vector<std::string> wanted{"export", "qc", "-o", file};
    auto const exported = co_await world.tidewheel(std::move(wanted));
    EXPECT_EQ(exported.code, 0) << exported.err;
    std::ifstream csv(file);
    std::string header;
    std::getline(csv, header);
    EXPECT_TRUE(header.starts_with("run_no,run_id,pipeline")) << header;
    std::vector<std::string> none{"export", "nothing", "-o", file + ".none"};
    EXPECT_EQ((co_await world.tidewheel(std::move(none))).code, 66);
    EXPECT_FALSE(std::filesystem::exists(file + ".none"));
    std::vector<std::string> feed{"feed", "--json"};
    auto const entries = co_await world.tidewheel(std::move(feed));
    EXPECT_TRUE(entries.out.starts_with(R"({"seq":1,)")) << entries.out;
    expect(entries.out, R"("event":"run.succeeded")");
    std::vector<std::string> rest{"feed", "--after", "3"};
    auto const later = co_await world.tidewheel(std::move(rest));
    EXPECT_TRUE(later.out.starts_with("4  ")) << later.out;
  });
}

TEST_F(Cli, cancels_and_says_so) {
  world.pipeline("qc");
  world.run([this]() -> boost::asio::awaitable<void> {
    world.put("a", "a");
    (void)co_await world.container();
    std::vector<std::string> arguments{"cancel", "1"};
    auto const ended = co_await world.tidewheel(std::move(arguments));
    EXPECT_EQ(ended.code, 0) << ended.err;
    expect(ended.out, "is being stopped");
    (void)co_await world.run_in("1", "cancelled");
  });
}

}  // namespace
