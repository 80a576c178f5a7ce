#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "archive/unpack.hpp"
#include "unit/archive/raw_tar.hpp"

namespace archive_test {

/// What GNU tar makes of a folder `out`, in one of its formats.
class RealTar : public testing::TestWithParam<char const*> {
 protected:
  core::Fd pack(std::string const& options = {}) {
    auto const command = "tar --format=" + std::string(GetParam()) + " " + options + " -C '" + folder_.string() +
                         "' -cf '" + (folder_ / "t.tar").string() + "' out";
    EXPECT_EQ(std::system(command.c_str()), 0);
    return core::Fd(::open((folder_ / "t.tar").c_str(), O_RDONLY | O_CLOEXEC));
  }
  void write(std::string const& name, std::string const& bytes) {
    auto const path = folder_.path() / "out" / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
  }
  support::TempDir folder_;
};

TEST_P(RealTar, comes_out_as_it_went_in) {
  std::vector<std::string> names{"a.csv", "caf\xe9.csv", "with space/\n\"x",
                                 std::string(90, 'd') + "/" + std::string(99, 'n')};
  if (GetParam() != std::string("ustar")) names.push_back(std::string(200, 'd') + "/" + std::string(250, 'n'));
  for (auto const& name : names) write(name, "bytes of " + name);
  write("big", std::string(3'000'000, 'b'));
  auto const tar = pack();
  Destination to;
  auto const unpacked = archive::unpack(tar.get(), to.fd(), {}).value();
  EXPECT_EQ(unpacked.files.size(), names.size() + 1);
  EXPECT_THAT(unpacked.warnings, testing::IsEmpty());
  for (auto const& name : names) EXPECT_EQ(to.read(name), "bytes of " + name);
  EXPECT_EQ(to.read("big").size(), 3'000'000U);
}

TEST_P(RealTar, with_a_sparse_file_gives_it_whole_or_leaves_it_out) {
  if (GetParam() == std::string("ustar")) return;  // it has no sparse files
  write("sparse", "start");
  std::filesystem::resize_file(folder_.path() / "out/sparse", 5'000'000);
  write("z", "last");
  auto const tar = pack("--sparse");
  Destination to;
  auto const unpacked = archive::unpack(tar.get(), to.fd(), {}).value();
  EXPECT_EQ(to.read("z"), "last");
  if (std::filesystem::exists(to.path("sparse"))) {
    EXPECT_EQ(std::filesystem::file_size(to.path("sparse")), 5'000'000U);
  } else {
    EXPECT_EQ(unpacked.skipped, 1U);
  }
}

TEST_P(RealTar, is_opened_by_its_name) {
  write("a", "b");
  (void)pack();
  Destination to;
  EXPECT_EQ(archive::unpack(folder_ / "t.tar", to.path(""), {}).value().files.size(), 1U);
  EXPECT_EQ(archive::unpack(folder_ / "no.tar", to.path(""), {}).error().code, core::Errc::not_found);
}

INSTANTIATE_TEST_SUITE_P(, RealTar, testing::Values("ustar", "pax", "gnu"));

}  // namespace archive_test
