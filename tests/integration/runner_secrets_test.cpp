#include "runner_world.hpp"

namespace orchestrator {
namespace {

/// A pipeline with one secret, which the daemon may find in its folder.
class RunnerSecrets : public testing::Test, protected World {
 protected:
  RunnerSecrets() {
    std::filesystem::create_directory(dir / "secrets");
    ::chmod((dir / "secrets").c_str(), 0700);
    config.secrets_dir = (dir / "secrets").string();
    config.policy.secrets = {{"api_key", {"qc"}}};
    spec.secrets = {"api_key"};
  }
  void give() { std::ofstream(dir / "secrets" / "api_key", std::ios::binary) << "hunter2-and-more\n"; }
  static std::string given_to(FakeContainer const& container) {
    std::ifstream in(container.binds.at("/run/secrets/api_key"), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

TEST_F(RunnerSecrets, are_files_of_the_container_and_in_nothing_else_of_it) {
  give();
  engine.on_start(long_script());
  begin();
  auto const no = land("a.csv");
  until_state(no, "running");
  EXPECT_EQ(given_to(only_container()), "hunter2-and-more\n");
  EXPECT_EQ(only_container().body.find("hunter2"), std::string::npos);
  std::ifstream command(only_container().binds.at("/.tidewheel/command"), std::ios::binary);
  std::string const bytes{std::istreambuf_iterator<char>(command), {}};
  EXPECT_EQ(bytes.find("hunter2"), std::string::npos);
  leave_results(engine, only_container());
  engine.exit(only_container(), 0);
  until_over(no);
  expect_published(no);
  expect_clean();
}

TEST_F(RunnerSecrets, that_are_missing_hold_the_pipeline_until_they_are_there_and_cost_no_attempt) {
  begin();
  auto const no = land("a.csv");
  until_state(no, "held");
  EXPECT_EQ(reason(no), "secret_unavailable");
  EXPECT_EQ(text("SELECT hold_reason FROM pipeline"), "secret_unavailable");
  EXPECT_NE(detail(no).find("LoadCredential=api_key"), std::string::npos) << detail(no);
  EXPECT_EQ(attempts(no), 0);
  EXPECT_TRUE(std::filesystem::is_empty(dir / "state" / "attempts"));
  give();
  clock.ahead = 1h;
  life->scheduler().wake();
  until_over(no);
  expect_published(no);
  EXPECT_EQ(attempts(no), 1);
  EXPECT_EQ(count("SELECT count(*) FROM pipeline WHERE hold_until_ms IS NOT NULL OR hold_count > 0"), 0);
  expect_clean();
}

TEST_F(RunnerSecrets, are_masked_in_the_log_while_it_runs_and_after_a_restart_and_when_it_has_ended) {
  give();
  engine.on_start(long_script());
  begin();
  auto const no = land("a.csv");
  until_state(no, "running");
  engine.write_log(only_container(), docker::Stream::standard_output, "key: hunter2-and-more\n");
  until([&] { return log_of(no, 1).find("***") != std::string::npos; });
  // The folder has another value by now; this attempt prints the one that it was given.
  std::ofstream(dir / "secrets" / "api_key", std::ios::binary) << "rotated-meanwhile";
  restart();
  until_state(no, "running");
  engine.write_log(only_container(), docker::Stream::standard_error, "again hunter2-and-more\n");
  until([&] { return log_of(no, 1).find("again ***") != std::string::npos; });
  engine.write_log(only_container(), docker::Stream::standard_output, "half: hunter2-");
  engine.write_log(only_container(), docker::Stream::standard_error, "between\n");
  engine.write_log(only_container(), docker::Stream::standard_output, "and-more end");
  leave_results(engine, only_container());
  engine.exit(only_container(), 0);
  until_over(no);
  auto const log = log_of(no, 1);
  EXPECT_EQ(log.find("hunter2"), std::string::npos) << log;
  EXPECT_NE(log.find("*** end"), std::string::npos) << log;
  expect_clean();
}

TEST_F(RunnerSecrets, keep_the_log_out_where_it_cannot_be_masked) {
  give();
  engine.on_start(long_script());
  begin();
  auto const no = land("a.csv");
  until_state(no, "running");
  life->end();
  std::filesystem::remove(only_container().binds.at("/run/secrets/api_key"));
  engine.write_log(only_container(), docker::Stream::standard_output, "hunter2-and-more\n");
  restart();
  leave_results(engine, only_container());
  engine.exit(only_container(), 0);
  until_over(no);
  expect_result(no);
  EXPECT_EQ(log_of(no, 1).find("hunter2"), std::string::npos);
}

TEST_F(RunnerSecrets, that_the_policy_has_taken_back_hold_older_revisions_too) {
  give();
  config.policy.secrets.clear();
  begin();
  auto const no = land("a.csv");
  until_state(no, "held");
  EXPECT_EQ(reason(no), "secret_unavailable");
  EXPECT_NE(detail(no).find("policy"), std::string::npos) << detail(no);
  EXPECT_TRUE(engine.containers().empty());
}

}  // namespace
}  // namespace orchestrator
