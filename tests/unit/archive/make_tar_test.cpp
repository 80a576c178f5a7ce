#include "archive/make_tar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "unit/archive/raw_tar.hpp"

namespace archive_test {

using core::Errc;

TEST(MakeTar, is_read_by_gnu_tar_with_modes_and_times) {
  auto const tar = archive::make_tar({{.path = "out", .folder = true, .mode = 0777, .bytes = {}},
                                      {.path = "out/params.json", .mode = 0444, .bytes = "{\"a\": 1}"}},
                                     core::from_ms(1'763'800'000'000))
                       .value();
  support::TempDir folder;
  std::ofstream(folder / "t.tar", std::ios::binary) << tar;
  ASSERT_EQ(std::system(("tar -C '" + folder.string() + "' -xpf '" + (folder / "t.tar").string() + "'").c_str()), 0);
  struct stat status {};
  ASSERT_EQ(::stat((folder / "out").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0777U);
  EXPECT_EQ(status.st_mtime, 1'763'800'000);
  ASSERT_EQ(::stat((folder / "out/params.json").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0444U);
  EXPECT_EQ(status.st_size, 8);
}

TEST(MakeTar, is_read_by_our_own_reader) {
  Destination to;
  auto const tar =
      archive::make_tar({{.path = "out/a", .bytes = std::string(1000, 'a')}, {.path = "out/b", .bytes = ""}}, {})
          .value();
  auto const unpacked = to.unpack(tar).value();
  ASSERT_EQ(unpacked.files.size(), 2U);
  EXPECT_EQ(to.read("a"), std::string(1000, 'a'));
}

TEST(MakeTar, makes_a_folder_that_anyone_may_write) {
  support::TempDir folder;
  std::ofstream(folder / "t.tar", std::ios::binary) << archive::open_directory_tar("out");
  ASSERT_EQ(std::system(("tar -C '" + folder.string() + "' -xpf '" + (folder / "t.tar").string() + "'").c_str()), 0);
  EXPECT_EQ(std::filesystem::status(folder / "out").permissions(), std::filesystem::perms{0777});
}

TEST(MakeTar, refuses_what_it_cannot_say) {
  auto const code_of = [](archive::TarMember member) {
    return archive::make_tar({std::move(member)}, {}).error().code;
  };
  for (std::string const path : {"", "/out", "../out", "a//b", "a/", "./a"})
    EXPECT_EQ(code_of({.path = path, .bytes = {}}), Errc::invalid) << path;
  EXPECT_EQ(code_of({.path = std::string(100, 'x'), .bytes = {}}), Errc::invalid);
  EXPECT_EQ(code_of({.path = "d", .folder = true, .bytes = "x"}), Errc::invalid);
  EXPECT_EQ(code_of({.path = "d", .uid = 1U << 21, .bytes = {}}), Errc::invalid);
}

}  // namespace archive_test
