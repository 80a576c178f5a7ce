#include "orchestrator/secrets.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "support/temp_dir.hpp"

namespace orchestrator {
namespace {

class Secrets : public testing::Test {
 protected:
  Secrets() {
    ::unsetenv("CREDENTIALS_DIRECTORY");
    std::filesystem::create_directory(dir / "secrets");
    ::chmod((dir / "secrets").c_str(), 0750);
    config.secrets_dir = (dir / "secrets").string();
    config.policy.secrets = {{"api_key", {"sensor-*"}}};
    pipeline.name = "sensor-qc";
    pipeline.secrets = {"api_key"};
  }
  ~Secrets() override { ::unsetenv("CREDENTIALS_DIRECTORY"); }
  void write(std::string const& file, std::string const& bytes) {
    std::ofstream(dir / file, std::ios::binary) << bytes;
  }
  core::Error error() { return read_secrets(pipeline, config).error(); }

  support::TempDir dir;
  config::DaemonConfig config;
  domain::PipelineSpec pipeline;
};

TEST_F(Secrets, come_from_files_of_their_names_with_all_their_bytes) {
  std::string const value("\0line\r\n\xff\n", 9);
  write("secrets/api_key", value);
  auto const read = read_secrets(pipeline, config);
  ASSERT_TRUE(read) << read.error().message();
  ASSERT_EQ(read->size(), 1U);
  EXPECT_EQ(read->front().value.reveal(), value);
}

TEST_F(Secrets, come_from_a_systemd_credential_first) {
  std::filesystem::create_directory(dir / "credentials");
  write("credentials/api_key", "of systemd");
  write("secrets/api_key", "of the folder");
  ::setenv("CREDENTIALS_DIRECTORY", (dir / "credentials").c_str(), 1);
  EXPECT_EQ(read_secrets(pipeline, config)->front().value.reveal(), "of systemd");
  std::filesystem::remove(dir / "credentials/api_key");
  EXPECT_EQ(read_secrets(pipeline, config)->front().value.reveal(), "of the folder");
}

TEST_F(Secrets, that_are_nowhere_are_named_with_what_to_do) {
  auto const missing = error();
  EXPECT_EQ(missing.code, core::Errc::not_found);
  EXPECT_NE(missing.message().find("api_key"), std::string::npos);
  EXPECT_NE(missing.hint.find("LoadCredential=api_key"), std::string::npos);
  std::filesystem::remove_all(dir / "secrets");
  EXPECT_NE(error().hint.find("install -d -m 0750"), std::string::npos) << error().message();
  EXPECT_NE(error().message().find("'api_key'"), std::string::npos) << error().message();
}

TEST_F(Secrets, do_not_come_from_a_folder_that_others_may_look_into) {
  write("secrets/api_key", "value of it");
  for (auto const mode : {0751, 0754, 0752}) {
    ::chmod((dir / "secrets").c_str(), static_cast<mode_t>(mode));
    EXPECT_EQ(error().code, core::Errc::permission) << mode;
    EXPECT_EQ(error().hint, "chmod o= " + config.secrets_dir);
  }
}

TEST_F(Secrets, have_one_byte_to_64_kib) {
  write("secrets/api_key", "");
  EXPECT_EQ(error().code, core::Errc::invalid);
  write("secrets/api_key", std::string(longest_secret, 'x'));
  EXPECT_EQ(read_secrets(pipeline, config)->front().value.reveal().size(), longest_secret);
  write("secrets/api_key", std::string(longest_secret + 1, 'x'));
  EXPECT_EQ(error().code, core::Errc::invalid);
  std::filesystem::remove(dir / "secrets/api_key");
  std::filesystem::create_directory(dir / "secrets/api_key");
  EXPECT_EQ(error().code, core::Errc::invalid);
}

TEST_F(Secrets, are_for_whom_the_policy_names_now_whatever_it_said_when_the_revision_was_new) {
  write("secrets/api_key", "value of it");
  pipeline.name = "other";
  EXPECT_EQ(error().code, core::Errc::permission);
  EXPECT_NE(error().hint.find("sensor-*"), std::string::npos);
  config.policy.secrets.clear();
  pipeline.name = "sensor-qc";
  EXPECT_EQ(error().code, core::Errc::permission);
}

TEST_F(Secrets, are_laid_for_an_attempt_and_read_back) {
  write("secrets/api_key", "value\nof it\n");
  auto const read = read_secrets(pipeline, config);
  ASSERT_TRUE(lay_secrets(dir / "attempt", *read));
  ASSERT_TRUE(lay_secrets(dir / "attempt", *read)) << "as after a crash";
  struct stat status {};
  ASSERT_EQ(::stat(laid_secret(dir / "attempt", "api_key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0444U);
  ASSERT_EQ(::stat((dir / "attempt").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0700U);
  EXPECT_EQ(read_laid_secrets(dir / "attempt", {"api_key"})->front(), "value\nof it\n");
  EXPECT_FALSE(read_laid_secrets(dir / "attempt", {"api_key", "other"}));
}

}  // namespace
}  // namespace orchestrator
