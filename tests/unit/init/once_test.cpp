#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>

#include <fstream>

#include "unit/init/places.hpp"

namespace init_test {

class Once : public Init {};

long lines_in(std::filesystem::path const& path) {
  auto const bytes = read_file(path);
  return std::count(bytes.begin(), bytes.end(), '\n');
}

TEST_P(Once, a_second_start_does_not_run_the_command_again) {
  ContainedRun run(GetParam());
  auto const witness = run.path("witness");
  run.write_command(domain::encode(shell("echo ran >> \"$1\"; exit 3", {witness.string()})).value());
  EXPECT_EQ(run.run().exit_code, 3);
  auto const record = run.record_bytes();
  for (int again = 0; again < 3; ++again) {
    auto const ended = run.run();
    EXPECT_EQ(ended.exit_code, 125);
    EXPECT_THAT(ended.err, testing::HasSubstr("already started once"));
  }
  EXPECT_EQ(lines_in(witness), 1);
  EXPECT_EQ(run.record_bytes(), record);
}

TEST_P(Once, half_a_start_mark_counts_as_a_start) {
  ContainedRun run(GetParam(), shell("echo ran"));
  std::ofstream(run.path("record")) << "sta";
  auto const ended = run.run();
  EXPECT_EQ(ended.exit_code, 125);
  EXPECT_EQ(ended.out, "");
}

TEST_P(Once, a_start_mark_that_cannot_be_written_means_not_run) {
  ContainedRun run(GetParam(), shell("echo ran"));
  run.before_exec = [] {
    rlimit const room{10, 10};
    ::setrlimit(RLIMIT_FSIZE, &room);
  };
  auto const ended = run.run();
  EXPECT_EQ(ended.exit_code, 125);
  EXPECT_EQ(ended.out, "");
  EXPECT_THAT(ended.err, testing::HasSubstr("start mark cannot be written"));
  EXPECT_FALSE(ended.record.started);
  EXPECT_TRUE(ended.record.torn);
}

TEST_P(Once, without_a_record_file_nothing_runs) {
  ContainedRun run(GetParam(), shell("echo ran"));
  std::filesystem::remove(run.path("record"));
  auto const ended = run.run();
  EXPECT_EQ(ended.exit_code, 125);
  EXPECT_EQ(ended.out, "");
  EXPECT_THAT(ended.err, testing::HasSubstr("record cannot be opened"));
}

TEST_P(Once, for_a_daemon_on_another_host_the_record_is_made_and_counts) {
  ContainedRun run(GetParam(), shell("echo ran"));
  run.arguments.emplace_back("-");
  std::filesystem::remove(run.path("record"));
  auto const first = run.run();
  EXPECT_EQ(first.out, "ran\n");
  EXPECT_TRUE(first.record.exit);
  EXPECT_FALSE(first.record.bundle_size);
  auto const record = run.record_bytes();
  auto const second = run.run();
  EXPECT_EQ(second.exit_code, 125);
  EXPECT_EQ(second.out, "");
  EXPECT_EQ(run.record_bytes(), record);
}

TEST_P(Once, a_killed_init_leaves_a_start_without_an_end) {
  ContainedRun run(GetParam(), shell("echo $$; exec sleep 600"));
  run.start();
  auto const child = std::stoi(run.next_line());
  run.signal(SIGKILL);
  if (GetParam() == Place::plain) ::kill(child, SIGKILL);  // in a namespace the kernel does it
  auto const ended = run.wait();
  EXPECT_TRUE(ended.record.started);
  EXPECT_FALSE(ended.record.exit);
  EXPECT_FALSE(ended.record.torn);
}

TEST(Unprivileged, runs_with_a_record_that_is_only_world_writable) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to become someone else";
  ContainedRun run(Place::pid_one, shell("id -u; exit 4"));
  run.before_exec = [] {
    if (::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(97);
  };
  auto const ended = run.run();
  EXPECT_EQ(ended.out, "65534\n");
  EXPECT_EQ(ended.exit_code, 4);
  ASSERT_TRUE(ended.record.exit);
  EXPECT_EQ(ended.record.exit->code, 4);
}

TEST(Unprivileged, does_not_run_with_a_record_that_may_not_be_written) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to become someone else";
  ContainedRun run(Place::plain, shell("echo ran"));
  ::chmod(run.path("record").c_str(), 0444);
  run.before_exec = [] {
    if (::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(97);
  };
  auto const ended = run.run();
  EXPECT_EQ(ended.exit_code, 125);
  EXPECT_EQ(ended.out, "");
}

INSTANTIATE_TEST_SUITE_P(, Once, testing::ValuesIn(places()), place_name);

}  // namespace init_test
