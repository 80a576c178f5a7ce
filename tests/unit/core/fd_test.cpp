#include "core/fd.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>

namespace {

int open_null() {
  return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}
bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0 || errno != EBADF;
}

TEST(Fd, closes_at_the_end_of_scope) {
  int const raw = open_null();
  {
    core::Fd const fd(raw);
    EXPECT_TRUE(fd);
    EXPECT_EQ(fd.get(), raw);
  }
  EXPECT_FALSE(is_open(raw));
}

TEST(Fd, is_empty_unless_it_owns_something) {
  EXPECT_FALSE(core::Fd());
  EXPECT_FALSE(core::Fd(-1));
  core::Fd fd(open_null());
  fd.reset();
  EXPECT_FALSE(fd);
}

TEST(Fd, moves_what_it_owns) {
  int const first = open_null();
  int const second = open_null();
  core::Fd from(first);
  core::Fd to(second);
  to = std::move(from);
  EXPECT_EQ(to.get(), first);
  EXPECT_FALSE(is_open(second));
  core::Fd const last(std::move(to));
  EXPECT_EQ(last.get(), first);
  EXPECT_TRUE(is_open(first));
}

TEST(Fd, survives_being_moved_to_itself) {
  core::Fd fd(open_null());
  auto& same = fd;
  fd = std::move(same);
  EXPECT_TRUE(fd);
  EXPECT_TRUE(is_open(fd.get()));
}

TEST(Fd, gives_away_what_it_releases) {
  core::Fd fd(open_null());
  int const raw = fd.release();
  EXPECT_FALSE(fd);
  EXPECT_TRUE(is_open(raw));
  ::close(raw);
}

}  // namespace
