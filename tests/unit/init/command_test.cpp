#include <sys/stat.h>

#include <cerrno>
#include <fstream>

#include "unit/init/places.hpp"

namespace init_test {

using Kind = domain::InitExit::Kind;

class Command : public Init {};

TEST_P(Command, receives_every_byte_of_its_arguments) {
  std::string every_byte;
  for (int byte = 1; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  auto const ended = ContainedRun(GetParam(), shell("printf '%s|%s|%s' \"$1\" \"$2\" \"$3\"; exit $#",
                                                    {every_byte, "", "-n $(id) ; '\"\n"}))
                         .run();
  EXPECT_EQ(ended.out, every_byte + "||-n $(id) ; '\"\n");
  EXPECT_EQ(ended.exit_code, 3);
}

TEST_P(Command, sees_the_environment_with_ours_on_top) {
  auto command = shell("printf '%s|%s' \"$HOME\" \"$RAW\"");
  command.environment = {"HOME=/elsewhere", "RAW=\xff\xfe=\n"};
  auto const ended = ContainedRun(GetParam(), command).run();
  EXPECT_EQ(ended.out, "/elsewhere|\xff\xfe=\n");
}

TEST_P(Command, is_found_by_the_path_of_the_container) {
  ContainedRun run(GetParam());
  auto const folder = run.path("tools");
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "fit") << "#!/bin/sh\necho fitted\n";
  ::chmod((folder / "fit").c_str(), 0755);
  domain::InitCommand command;
  command.argv = {"fit"};
  command.environment = {"PATH=/nonexistent:" + folder.string()};
  run.write_command(domain::encode(command).value());
  EXPECT_EQ(run.run().out, "fitted\n");
}

TEST_P(Command, that_is_missing_is_told_apart) {
  for (std::string const name : {"no-such-command", "/no/such/command", "/etc/passwd/x"}) {
    domain::InitCommand command;
    command.argv = {name};
    auto const ended = ContainedRun(GetParam(), command).run();
    EXPECT_EQ(ended.exit_code, 127) << name;
    EXPECT_THAT(ended.err, testing::HasSubstr("no such command: " + name));
    ASSERT_TRUE(ended.record.exit);
    EXPECT_EQ(ended.record.exit->kind, Kind::no_command) << name;
    EXPECT_NE(ended.record.exit->error_number, 0);
  }
}

TEST_P(Command, that_cannot_be_executed_is_told_apart) {
  ContainedRun run(GetParam());
  struct Case {
    std::string name, content;
    mode_t mode;
    int error_number;
  };
  for (auto const& [name, content, mode, error_number] :
       {Case{"not_marked", "#!/bin/sh\n", 0644, EACCES}, Case{"not_a_program", "hello\n", 0755, ENOEXEC},
        Case{"no_interpreter", "#!/no/such/shell\n", 0755, ENOENT}}) {
    std::ofstream(run.path(name)) << content;
    ::chmod(run.path(name).c_str(), mode);
    // Once by its full name, once through PATH.
    for (std::string const& argument : {run.path(name).string(), name}) {
      domain::InitCommand command;
      command.argv = {argument};
      command.environment = {"PATH=" + run.path("").string() + ":/bin"};
      run.write_command(domain::encode(command).value());
      std::ofstream(run.path("record"), std::ios::trunc).flush();
      auto const ended = run.run();
      EXPECT_EQ(ended.exit_code, 126) << argument;
      ASSERT_TRUE(ended.record.exit);
      EXPECT_EQ(ended.record.exit->kind, Kind::not_executable) << argument;
      EXPECT_EQ(ended.record.exit->error_number, error_number) << argument;
    }
  }
}

TEST_P(Command, takes_arguments_up_to_the_limit_of_the_kernel) {
  auto const ended =
      ContainedRun(GetParam(), shell("printf '%s %s' $# ${#1}", std::vector<std::string>(12, std::string(131071, 'x'))))
          .run();
  EXPECT_EQ(ended.out, "12 131071");
}

TEST_P(Command, with_more_arguments_than_the_kernel_takes_is_recorded_as_such) {
  auto const ended =
      ContainedRun(GetParam(), shell("echo ran", std::vector<std::string>(24, std::string(131071, 'x')))).run();
  EXPECT_EQ(ended.exit_code, 126);
  EXPECT_EQ(ended.out, "");
  ASSERT_TRUE(ended.record.exit);
  EXPECT_EQ(ended.record.exit->error_number, E2BIG);
}

TEST_P(Command, finds_an_out_folder_that_anyone_may_write) {
  ContainedRun run(GetParam());
  auto command = shell("exit 0");
  command.out_dir = run.path("out").string();
  run.write_command(domain::encode(command).value());
  run.before_exec = [] { ::umask(077); };
  EXPECT_EQ(run.run().exit_code, 0);
  EXPECT_EQ(std::filesystem::status(run.path("out")).permissions(), std::filesystem::perms{0777});
}

TEST_P(Command, runs_although_the_out_folder_cannot_be_made) {
  auto command = shell("exit 6");
  command.out_dir = "/proc/self/no";
  EXPECT_EQ(ContainedRun(GetParam(), command).run().exit_code, 6);
}

TEST(CommandFile, that_is_damaged_runs_nothing) {
  auto const bytes = domain::encode(shell("echo ran")).value();
  ContainedRun run;
  auto const expect_refused = [&run](std::string const& damaged) {
    run.write_command(damaged);
    auto const ended = run.run();
    EXPECT_EQ(ended.exit_code, 125);
    EXPECT_EQ(ended.out, "");
    EXPECT_FALSE(ended.record.started);
  };
  for (std::size_t length = 0; length < bytes.size(); ++length) expect_refused(bytes.substr(0, length));
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    auto flipped = bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
    expect_refused(flipped);
  }
  expect_refused(bytes + "x");
}

INSTANTIATE_TEST_SUITE_P(, Command, testing::ValuesIn(places()), place_name);

}  // namespace init_test
