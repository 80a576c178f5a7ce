#include "core/read_bounded.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "core/fd.hpp"

namespace {

core::Fd file_with(std::string const& bytes) {
  core::Fd file(::memfd_create("read_bounded", MFD_CLOEXEC));
  EXPECT_EQ(::write(file.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  EXPECT_EQ(::lseek(file.get(), 0, SEEK_SET), 0);
  return file;
}

TEST(ReadBounded, gives_all_bytes_of_a_file_and_takes_no_more_memory_than_it_needs) {
  for (std::size_t const size : {0U, 1U, 4095U, 4096U, 4097U, 100'000U}) {
    auto const bytes = std::string(size, 'x');
    auto const file = file_with(bytes);
    auto const read = core::read_bounded(file.get(), std::size_t{1} << 20);
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, bytes);
    EXPECT_LE(read->capacity(), std::max<std::size_t>(size + 1, 4096)) << size;
  }
}

TEST(ReadBounded, stops_at_the_bound) {
  auto const file = file_with("abcdef");
  EXPECT_EQ(core::read_bounded(file.get(), 4), "abcd");
  EXPECT_EQ(core::read_bounded(file.get(), 0), "");
  EXPECT_EQ(core::read_bounded(file.get(), 2), "ef") << "it goes on where the descriptor stands";
  EXPECT_EQ(core::read_bounded(file.get(), 2), "");
}

TEST(ReadBounded, reads_what_has_no_size) {
  core::Fd const null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(core::read_bounded(null.get(), 100), "");
  core::Fd const zero(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(core::read_bounded(zero.get(), 20'000), std::string(20'000, '\0'));
  core::Fd const status(::open("/proc/self/status", O_RDONLY | O_CLOEXEC));
  auto const read = core::read_bounded(status.get(), 100'000);
  ASSERT_TRUE(read);
  EXPECT_NE(read->find("Pid:"), std::string::npos);
}

TEST(ReadBounded, a_folder_is_an_error) {
  core::Fd const folder(::open("/", O_RDONLY | O_CLOEXEC));
  EXPECT_FALSE(core::read_bounded(folder.get(), 100));
  EXPECT_EQ(errno, EISDIR);
}

}  // namespace
