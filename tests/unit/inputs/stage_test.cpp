#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "core/sha256.hpp"
#include "unit/inputs/source_folder.hpp"

namespace inputs_test {

namespace fs = std::filesystem;
using core::Errc;
using inputs::mountable;
using inputs::safe_name;
using inputs::stage_copy;

TEST(Stage, copies_under_a_name_that_any_user_can_read) {
  SourceFolder source;
  std::string const bytes(3'000'001, 'x');
  source.write("\xff.csv", bytes);
  ::chmod(source.path("\xff.csv").c_str(), 0600);
  support::TempDir staging;
  auto const old = ::umask(0077);
  auto const staged = stage_copy(source.open("\xff.csv").value(), staging.path(), "input.csv", core::sha256(bytes));
  ::umask(old);
  ASSERT_TRUE(staged) << staged.error().message();
  EXPECT_EQ(*staged, staging / "input.csv");
  EXPECT_EQ(read_file(*staged), bytes);
  EXPECT_EQ(fs::status(*staged).permissions(), fs::perms{0644});
}

TEST(Stage, crosses_file_systems) {
  if (!fs::exists("/dev/shm")) GTEST_SKIP() << "no second file system here";
  SourceFolder source;
  source.write("a", "hello");
  std::string pattern = "/dev/shm/tidewheel-test-XXXXXX";
  ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
  auto const staged = stage_copy(source.open("a").value(), pattern, "input", core::sha256("hello"));
  EXPECT_TRUE(staged && read_file(*staged) == "hello");
  fs::remove_all(pattern);
}

TEST(Stage, copies_files_that_pretend_to_be_empty) {
  // /proc has size 0 and refuses copy_file_range; only reading tells.
  auto const input = inputs::open_input("/proc", "version").value();
  auto const bytes = read_file("/proc/version");
  support::TempDir staging;
  auto const staged = stage_copy(input, staging.path(), "input", core::sha256(bytes));
  ASSERT_TRUE(staged) << staged.error().message();
  EXPECT_EQ(read_file(*staged), bytes);
}

TEST(Stage, leaves_no_copy_of_other_content_behind) {
  SourceFolder source;
  source.write("a", "hello");
  support::TempDir staging;
  auto const staged = stage_copy(source.open("a").value(), staging.path(), "input", core::sha256("what was hashed"));
  EXPECT_EQ(staged.error().code, Errc::conflict);
  EXPECT_TRUE(fs::is_empty(staging.path()));
}

TEST(Stage, replaces_what_a_crash_left_and_follows_no_link) {
  SourceFolder source;
  source.write("a", "hello");
  source.write("victim", "untouched");
  support::TempDir staging;
  fs::create_symlink(source.path("victim"), staging / "input");
  ASSERT_TRUE(stage_copy(source.open("a").value(), staging.path(), "input", core::sha256("hello")));
  EXPECT_EQ(read_file(staging / "input"), "hello");
  EXPECT_EQ(read_file(source.path("victim")), "untouched");
}

TEST(Stage, leaves_no_half_copy_behind_when_there_is_no_room) {
  support::TempDir staging;
  SourceFolder source;
  source.write("a", std::string(100'000, 'x'));
  auto const input = source.open("a").value();
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  rlimit const little{50'000, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &little);
  auto const staged = stage_copy(input, staging.path(), "input", {});
  ::setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(staged.error().code, Errc::too_large);  // EFBIG here; ENOSPC goes the same way
  EXPECT_TRUE(fs::is_empty(staging.path()));
}

TEST(SafeName, keeps_a_plain_extension) {
  EXPECT_EQ(safe_name("caf\xe9.csv"), "input.csv");
  EXPECT_EQ(safe_name("\xff.tar.gz"), "input.gz");
  EXPECT_EQ(safe_name("\xff.R"), "input.R");
  for (auto const* const name : {"\xff", "\xff.", ".hidden", "a.c\xff", "a.b c", "a.$(id)", "a.abcdefghijklmnopq", ""})
    EXPECT_EQ(safe_name(name), "input") << name;
}

TEST(Mountable, is_every_path_that_json_can_carry) {
  for (std::string const path : {"/data/a.csv", "/data/with space", "/data/q\"uote's,comma:colon;$(id)\\back",
                                 "/data/new\nline\t", "/data/caf\xc3\xa9"})
    EXPECT_TRUE(mountable(path)) << path;
  for (std::string const path : {"/data/caf\xe9", "/data/\xff\xfe", "/\xed\xa0\x80", "relative", ""})
    EXPECT_FALSE(mountable(path)) << path;
  EXPECT_TRUE(mountable("/" + std::string(4094, 'x')));
  EXPECT_FALSE(mountable("/" + std::string(4095, 'x')));
}

TEST(Stage, a_hard_link_is_the_inode_that_was_opened) {
  SourceFolder source;
  source.write("a", "hello");
  auto const input = inputs::open_input(source.root(), "a").value();
  source.write("fresh", "other");
  fs::rename(source.path("fresh"), source.path("a"));
  source.write("again", "hello");
  auto const still = inputs::open_input(source.root(), "again").value();
  auto const staged =
      inputs::stage_snapshot(still, source.root(), "link", core::sha256("hello"), domain::Snapshot::hardlink);
  ASSERT_TRUE(staged) << staged.error().message();
  EXPECT_EQ(fs::hard_link_count(*staged), 2U);
  fs::remove(source.path("again"));
  EXPECT_EQ(read_file(*staged), "hello");
  auto const gone =
      inputs::stage_snapshot(input, source.root(), "gone", core::sha256("hello"), domain::Snapshot::hardlink);
  EXPECT_FALSE(gone) << "an inode without a name cannot be linked to";
  auto const changed =
      inputs::stage_snapshot(still, source.root(), "link", core::sha256("what was hashed"), domain::Snapshot::hardlink);
  EXPECT_FALSE(changed);
  EXPECT_FALSE(fs::exists(source.path("link")));
}

TEST(Stage, what_the_file_systems_cannot_do_is_said) {
  if (!fs::exists("/dev/shm")) GTEST_SKIP() << "no second file system here";
  SourceFolder source;
  source.write("a", "hello");
  std::string pattern = "/dev/shm/tidewheel-test-XXXXXX";
  ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
  for (auto const how : {domain::Snapshot::hardlink, domain::Snapshot::reflink}) {
    auto const staged = inputs::stage_snapshot(source.open("a").value(), pattern, "input", core::sha256("hello"), how);
    ASSERT_FALSE(staged);
    EXPECT_EQ(staged.error().code, Errc::unsupported) << staged.error().message();
    EXPECT_NE(staged.error().message().find("snapshot: copy"), std::string::npos);
    EXPECT_TRUE(fs::is_empty(pattern)) << "nothing half";
  }
  auto const copied =
      inputs::stage_snapshot(source.open("a").value(), pattern, "input", core::sha256("hello"), domain::Snapshot::copy);
  EXPECT_TRUE(copied && read_file(*copied) == "hello");
  fs::remove_all(pattern);
}

}  // namespace inputs_test
