#include "orchestrator/attempt_files.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "support/temp_dir.hpp"

namespace orchestrator {
namespace {

unsigned mode_of(std::filesystem::path const& file) {
  struct stat info {};
  EXPECT_EQ(::lstat(file.c_str(), &info), 0) << file;
  return info.st_mode & 07777U;
}

ContainerPlan plan() {
  ContainerPlan plan;
  plan.command_file = std::string("argv\0bytes", 10);
  plan.params_json = "{}";
  return plan;
}

TEST(AttemptFiles, have_their_modes_whatever_the_umask) {
  for (mode_t const mask : {mode_t{0}, mode_t{0027}, mode_t{0077}, mode_t{0777}}) {
    support::TempDir const dir;
    auto const folder = dir / "a1";
    auto const before = ::umask(mask == 0777 ? 0077 : mask);  // 0777 would take even our own way in
    auto const laid = lay_out(folder, plan());
    ::umask(before);
    ASSERT_TRUE(laid) << laid.error().message();
    EXPECT_EQ(mode_of(folder), 0700U);
    EXPECT_EQ(mode_of(folder / "command"), 0644U);
    EXPECT_EQ(mode_of(folder / "params.json"), 0644U);
    EXPECT_EQ(mode_of(folder / "record"), 0666U);
    EXPECT_EQ(mode_of(folder / "bundle"), 0666U);
    EXPECT_EQ(mode_of(folder / "outputs"), 0666U);
    EXPECT_EQ(read_bounded(folder / "command", 100), plan().command_file);
  }
}

TEST(AttemptFiles, keep_a_record_and_outputs_that_are_there) {
  support::TempDir const dir;
  ASSERT_TRUE(lay_out(dir / "a1", plan()));
  std::ofstream(dir / "a1" / "record") << "start v1 ...\n";
  std::ofstream(dir / "a1" / "outputs") << "n=1\n";
  auto other = plan();
  other.command_file = "new";
  ASSERT_TRUE(lay_out(dir / "a1", other));
  EXPECT_EQ(read_bounded(dir / "a1" / "record", 100), "start v1 ...\n");
  EXPECT_EQ(read_bounded(dir / "a1" / "outputs", 100), "n=1\n");
  EXPECT_EQ(read_bounded(dir / "a1" / "command", 100), "new");
}

TEST(AttemptFiles, are_only_parameters_and_outputs_where_there_is_no_init) {
  support::TempDir const dir;
  auto plain = plan();
  plain.command_file.clear();
  ASSERT_TRUE(lay_out(dir / "a1", plain));
  EXPECT_EQ(mode_of(dir / "a1" / "params.json"), 0644U);
  EXPECT_EQ(mode_of(dir / "a1" / "outputs"), 0666U);
  for (auto const* const name : {"command", "record", "bundle"})
    EXPECT_FALSE(std::filesystem::exists(dir / "a1" / name)) << name;
}

TEST(AttemptFiles, follow_no_link) {
  support::TempDir const dir;
  ASSERT_TRUE(make_attempt_folder(dir / "a1"));
  std::ofstream(dir / "victim") << "precious";
  std::filesystem::create_symlink(dir / "victim", dir / "a1" / "command");
  EXPECT_FALSE(lay_out(dir / "a1", plan()));
  EXPECT_EQ(read_bounded(dir / "victim", 100), "precious");
}

TEST(AttemptFiles, say_what_could_not_be_written) {
  support::TempDir const dir;
  auto const laid = lay_out(dir / "missing" / "a1", plan());
  ASSERT_FALSE(laid);
  EXPECT_EQ(laid.error().subject, (dir / "missing" / "a1").string());
}

TEST(AttemptFiles, a_url_is_readable_in_the_container_and_replaces_an_earlier_one) {
  support::TempDir const dir;
  auto const file = dir / "a1" / "input-url";
  for (std::string const url : {"http://s3/a?X-Amz-Signature=1111", "http://s3/a?X-Amz-Signature=2"}) {
    ASSERT_TRUE(lay_secret(file, url));
    EXPECT_EQ(read_bounded(file, 1000), url) << "and no line feed";
    EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms(0444));
    EXPECT_EQ(std::filesystem::status(dir / "a1").permissions(), std::filesystem::perms(0700));
  }
}

TEST(ReadBounded, gives_no_more_than_asked_for) {
  support::TempDir const dir;
  std::ofstream(dir / "big") << std::string(100'000, 'x');
  EXPECT_EQ(read_bounded(dir / "big", 65'536), std::string(65'536, 'x'));
  EXPECT_EQ(read_bounded(dir / "big", 200'000).size(), 100'000U);
  EXPECT_EQ(read_bounded(dir / "big", 0), "");
}

TEST(ReadBounded, gives_nothing_of_what_is_no_file) {
  support::TempDir const dir;
  EXPECT_EQ(read_bounded(dir / "missing", 10), "");
  EXPECT_EQ(read_bounded(dir.path(), 10), "");
  ASSERT_EQ(::mkfifo((dir / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(read_bounded(dir / "fifo", 10), "");  // and does not wait for a writer
  std::ofstream(dir / "file") << "secret";
  std::filesystem::create_symlink(dir / "file", dir / "link");
  EXPECT_EQ(read_bounded(dir / "link", 10), "");
}

}  // namespace
}  // namespace orchestrator
