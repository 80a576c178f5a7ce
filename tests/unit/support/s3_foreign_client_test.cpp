#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "support/program.hpp"
#include "unit/support/s3_fixture.hpp"

namespace s3_test {

/// Clients that nobody here wrote understand what the server says: s3cmd (ListObjects) and rclone (ListObjectsV2). Both
/// sign, and are let in.
class S3ForeignClient : public S3Test {
 protected:
  S3ForeignClient()
      : S3Test([] {
          Settings settings;
          settings.check_access = true;
          return settings;
        }()) {}

  support::Ended s3cmd(std::vector<std::string> const& arguments) {
    auto const host = "127.0.0.1:" + std::to_string(server.port());
    std::vector<std::string> command{"/usr/bin/s3cmd",      "--config=/dev/null",    "--no-ssl",
                                     "--host=" + host,      "--host-bucket=" + host, "--access_key=AKIDTEST",
                                     "--secret_key=secret", "--no-progress"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return support::run_program(command, {"HOME=" + folder.string()});
  }
  support::Ended rclone(std::vector<std::string> const& arguments) {
    std::vector<std::string> command{"/usr/bin/rclone", "--config=/dev/null", "--s3-list-version=2"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return support::run_program(
        command, {"HOME=" + folder.string(), "RCLONE_CONFIG_T_TYPE=s3", "RCLONE_CONFIG_T_PROVIDER=Other",
                  "RCLONE_CONFIG_T_ENDPOINT=" + server.endpoint(), "RCLONE_CONFIG_T_ACCESS_KEY_ID=AKIDTEST",
                  "RCLONE_CONFIG_T_SECRET_ACCESS_KEY=secret", "RCLONE_CONFIG_T_REGION=us-east-1"});
  }
  std::string file(std::string const& name, std::string const& bytes) {
    auto const path = folder / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
    return path.string();
  }

  support::TempDir folder;
};

TEST_F(S3ForeignClient, s3cmd_puts_lists_gets_and_deletes) {
  auto const path = file("up/a b+c.csv", "hello");
  auto const put = s3cmd({"put", path, "s3://b/dir/a b+c.csv"});
  ASSERT_EQ(put.code, 0) << put.err;
  for (int i = 0; i < 1200; ++i) server.put("b", "many/" + std::to_string(10'000 + i), "x");
  auto const listed = s3cmd({"ls", "--recursive", "s3://b"});
  EXPECT_EQ(std::ranges::count(listed.out, '\n'), 1201) << listed.err;
  EXPECT_NE(listed.out.find("s3://b/dir/a b+c.csv"), std::string::npos) << listed.out.substr(0, 500);
  EXPECT_NE(s3cmd({"ls", "s3://b"}).out.find("DIR  s3://b/many/"), std::string::npos);
  auto const got = s3cmd({"get", "s3://b/dir/a b+c.csv", "-"});
  EXPECT_EQ(got.out, "hello") << got.err;
  EXPECT_EQ(s3cmd({"del", "s3://b/dir/a b+c.csv"}).code, 0);
  EXPECT_EQ(s3cmd({"ls", "s3://b/dir/"}).out, "");
  EXPECT_EQ(s3cmd({"--access_key=OTHER", "ls", "s3://b"}).code, 77) << "access denied";
}

TEST_F(S3ForeignClient, rclone_copies_there_and_back) {
  for (auto const* const name : {"a b.csv", "a+b.csv", "é.csv", "sub/1", "sub/2", "sub/deeper/3"})
    file("up/" + std::string(name), name);
  auto const there = rclone({"copy", (folder / "up").string(), "t:b/in"});
  ASSERT_EQ(there.code, 0) << there.err;
  auto const listed = rclone({"lsf", "-R", "--files-only", "t:b"});
  EXPECT_EQ(listed.out, "in/a b.csv\nin/a+b.csv\nin/sub/1\nin/sub/2\nin/sub/deeper/3\nin/é.csv\n") << listed.err;
  EXPECT_GT(server.count("ListObjectsV2"), 0U);
  auto const checked = rclone({"check", "--download", (folder / "up").string(), "t:b/in"});
  EXPECT_EQ(checked.code, 0) << checked.err;
  EXPECT_EQ(rclone({"delete", "t:b/in/sub"}).code, 0);
  EXPECT_EQ(rclone({"lsf", "-R", "--files-only", "t:b/in"}).out, "a b.csv\na+b.csv\né.csv\n");
}

/// The program: prints its port, serves, ends well on SIGTERM.
TEST(S3FaultServerProgram, serves_synthetic_keys_until_it_is_told_to_stop) {
  int pipe_ends[2];
  ASSERT_EQ(::pipe(pipe_ends), 0);
  auto const pid = ::fork();
  if (pid == 0) {
    ::dup2(pipe_ends[1], STDOUT_FILENO);
    ::execl(S3_FAULT_SERVER, S3_FAULT_SERVER, "--synthetic", "3000", "--latency", "1ms", static_cast<char*>(nullptr));
    ::_exit(127);
  }
  ::close(pipe_ends[1]);
  std::string said;
  for (char byte = 0; !said.ends_with('\n') && ::read(pipe_ends[0], &byte, 1) == 1;) said += byte;
  ::close(pipe_ends[0]);
  auto const port = static_cast<std::uint16_t>(std::stoi(said));
  boost::asio::io_context io{1};
  http::Client client(http::Endpoint::tcp("127.0.0.1", port));
  Request request("GET", "/synthetic?list-type=2&start-after=data/site-0000/day-002/");
  auto const answer = support::run_coro(io, [&] { return client.send(std::move(request)); });
  EXPECT_EQ(elements(answer.value().body, "Key").size(), 1000U);
  ::kill(pid, SIGTERM);
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace s3_test
