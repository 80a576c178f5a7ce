#include "docker/generation.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "docker/container_processes.hpp"

namespace {

using docker::generation_of_bridge;
using docker::generation_of_process;
using docker::start_ticks;

TEST(Generation, finds_the_start_behind_a_name_of_blanks_and_brackets) {
  std::string const rest = " S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20 21";
  EXPECT_EQ(start_ticks("12 (dockerd)" + rest), 4711U);
  EXPECT_EQ(start_ticks("12 (a) b ) (c)" + rest), 4711U);
  EXPECT_FALSE(start_ticks(""));
  EXPECT_FALSE(start_ticks("12 (dockerd) S 1 2"));
  EXPECT_FALSE(start_ticks("12 (dockerd) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 x"));
}

TEST(Generation, reads_what_this_kernel_writes) {
  std::ifstream file("/proc/self/stat");
  std::string const stat{std::istreambuf_iterator<char>(file), {}};
  ASSERT_TRUE(start_ticks(stat)) << stat;
  EXPECT_GT(*start_ticks(stat), 0U);
}

TEST(Generation, is_nobodys_where_the_process_is_not_dockerd) {
  EXPECT_FALSE(generation_of_process(::getpid())) << "a proxy's life is not its engine's";
  EXPECT_FALSE(generation_of_process(0)) << "another pid namespace";
  EXPECT_FALSE(generation_of_process(-1));
}

TEST(Generation, takes_a_copy_of_this_program_for_dockerd_by_its_name_alone) {
  std::ofstream("/proc/self/comm") << "dockerd";
  auto const known = generation_of_process(::getpid());
  auto const again = generation_of_process(::getpid());
  std::ofstream("/proc/self/comm") << "docker_unit";
  ASSERT_TRUE(known && again);
  EXPECT_EQ(*known, *again);
  auto const now = core::SystemClock().wall();
  ASSERT_TRUE(known->began);
  EXPECT_LE(*known->began, now);
  EXPECT_GT(*known->began, now - std::chrono::hours{1});
}

TEST(Generation, looks_for_a_containers_processes_by_its_cgroup) {
  std::ifstream file("/proc/self/cgroup");
  std::string line;
  std::getline(file, line);
  EXPECT_TRUE(docker::any_process_in_container(line));
  EXPECT_FALSE(docker::any_process_in_container(std::string(64, 'x')));
}

constexpr auto network = R"({"Name": "bridge", "Id": "abc", "Created": "2026-11-22T10:00:00.5Z"})";

TEST(Generation, of_an_engine_without_live_restore_is_its_bridge) {
  auto const first = generation_of_bridge(R"({"LiveRestoreEnabled": false})", network);
  auto const next =
      generation_of_bridge(R"({"LiveRestoreEnabled": false})", R"({"Id": "abd", "Created": "2026-11-22T10:00:01Z"})");
  ASSERT_TRUE(first && next);
  EXPECT_FALSE(*first == *next);
  EXPECT_FALSE(first->began) << "the network is made after the engine has made up what it does not know";
}

TEST(Generation, is_not_told_by_a_bridge_that_outlives_its_engine) {
  EXPECT_FALSE(generation_of_bridge(R"({"LiveRestoreEnabled": true})", network));
  EXPECT_FALSE(generation_of_bridge("{}", network));
  EXPECT_FALSE(generation_of_bridge("", network));
  EXPECT_FALSE(generation_of_bridge(R"({"LiveRestoreEnabled": false})", "{}"));
  EXPECT_FALSE(generation_of_bridge(R"({"LiveRestoreEnabled": false})", "not found"));
}

}  // namespace
