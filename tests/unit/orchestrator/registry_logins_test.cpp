#include "orchestrator/registry_logins.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "aio/worker.hpp"
#include "core/base64.hpp"
#include "support/fake_engine.hpp"
#include "support/run_coro.hpp"
#include "support/temp_dir.hpp"

namespace orchestrator {
namespace {

class RegistryLoginsTest : public testing::Test {
 protected:
  ~RegistryLoginsTest() override {
    pool.join();
    database.close();
  }

  std::string write(std::string const& name, std::string const& text, mode_t mode = 0600) {
    auto const path = dir / name;
    std::ofstream(path, std::ios::binary) << text;
    ::chmod(path.c_str(), mode);
    return path.string();
  }
  core::Result<docker::RegistryLogin> find(std::string const& registry) {
    auto body = [&] { return logins.find(registry); };
    return support::run_coro(io, std::move(body));
  }

  support::TempDir dir;
  boost::asio::io_context io{1};
  aio::Worker pool{1, "test-pool"};
  config::DaemonConfig config = config::default_daemon_config();
  support::FakeEngine engine{io.get_executor()};
  core::SystemClock clock;
  StateDir state_dir{(dir / "state").string()};
  store::Database database{state_dir.database()};
  Services services{database, engine, pool, clock, config, state_dir, "instance"};
  RegistryLogins logins{services};
};

TEST_F(RegistryLoginsTest, come_from_the_daemons_configuration_first) {
  config.registries["r.org:5000"] = {"ci", write("password", "short\n")};
  config.docker_config = write("config.json", R"({"auths": {"r.org:5000": {"auth": ")" + core::to_base64("other:pw") +
                                                  R"("}, "s.org": {"auth": ")" + core::to_base64("s:pw") + R"("}}})");
  auto const own = find("r.org:5000").value();
  EXPECT_EQ(own.username, "ci");
  EXPECT_EQ(own.password.reveal(), "short");
  EXPECT_EQ(find("s.org").value().username, "s");
  EXPECT_TRUE(find("t.org").value().empty());
  write("password", "renewed");
  EXPECT_EQ(find("r.org:5000").value().password.reveal(), "renewed") << "no restart for a new password";
}

TEST_F(RegistryLoginsTest, are_none_where_nothing_is_configured) {
  auto const none = find("docker.io").value();
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.source, "`registries` of tidewheeld.yaml has none");
}

TEST_F(RegistryLoginsTest, know_docker_hub_by_any_of_its_names) {
  config.registries["index.docker.io"] = {"lab", write("password", "pw")};
  EXPECT_EQ(find("docker.io").value().username, "lab");
}

TEST_F(RegistryLoginsTest, are_not_read_from_what_everybody_may_read) {
  config.registries["r.org"] = {"ci", write("password", "pw", 0644)};
  EXPECT_EQ(find("r.org").error().code, core::Errc::permission);
  config.docker_config = write("config.json", R"({"auths": {"s.org": {"auth": "YTpi"}}})", 0644);
  EXPECT_EQ(find("s.org").error().code, core::Errc::permission);
  EXPECT_TRUE(find("t.org").value().empty()) << "nothing secret is taken from it";
}

TEST_F(RegistryLoginsTest, are_an_error_where_they_should_be_and_are_not) {
  config.registries["r.org"] = {"ci", (dir / "nothing").string()};
  EXPECT_EQ(find("r.org").error().code, core::Errc::not_found);
  config.registries["r.org"] = {"ci", write("empty", "\n")};
  EXPECT_EQ(find("r.org").error().code, core::Errc::invalid);
  config.docker_config = (dir / "no-config.json").string();
  EXPECT_EQ(find("s.org").error().code, core::Errc::not_found);
  config.docker_config = dir.string();
  EXPECT_EQ(find("s.org").error().code, core::Errc::invalid);
}

TEST_F(RegistryLoginsTest, case_36_a_helper_that_is_missing_is_named) {
  config.docker_config = write("config.json", R"({"credsStore": "tidewheel-no-such"})", 0644);
  auto const error = find("r.org").error();
  EXPECT_EQ(error.code, core::Errc::not_found);
  EXPECT_EQ(error.subject, "docker-credential-tidewheel-no-such");
  EXPECT_NE(error.operation.find("there is no such program"), std::string::npos) << error.operation;
}

TEST_F(RegistryLoginsTest, case_36_a_helper_is_found_in_the_path_and_asked_for_the_server) {
  write("docker-credential-tidewheel-test",
        "#!/bin/sh\nread -r server || true\n[ \"$1 $server\" = 'get https://index.docker.io/v1/' ] &&"
        " echo '{\"Username\": \"<token>\", \"Secret\": \"tok\"}'\n",
        0755);
  config.docker_config = write("config.json", R"({"credHelpers": {"docker.io": "tidewheel-test"}})", 0644);
  std::string const before = ::getenv("PATH");
  ::setenv("PATH", (dir.string() + ":" + before).c_str(), 1);
  auto const found = find("docker.io");
  ::setenv("PATH", before.c_str(), 1);
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(found->identity_token.reveal(), "tok");
}

}  // namespace
}  // namespace orchestrator
