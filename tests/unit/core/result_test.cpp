#include "core/result.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <set>

namespace {

using core::Errc;
using core::Error;

TEST(Error, reads_as_subject_operation_and_hint) {
  EXPECT_EQ((Error{Errc::io, "read: Input/output error", "/srv/a.csv", "look at the disk"}.message()),
            "/srv/a.csv: read: Input/output error (look at the disk)");
  EXPECT_EQ((Error{Errc::io, "it broke", "", ""}.message()), "it broke");
  EXPECT_EQ((Error{Errc::io, "it broke", "a", ""}.message()), "a: it broke");
  EXPECT_EQ((Error{Errc::io, "it broke", "", "mend it"}.message()), "it broke (mend it)");
}

TEST(Error, has_a_name_for_every_code) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Errc::internal); ++i) names.insert(core::to_string(static_cast<Errc>(i)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(Errc::internal) + 1);
}

TEST(Error, comes_from_errno_with_the_kernels_words) {
  auto const error = core::from_errno(EACCES, "open", "/srv/a.csv", "chmod it");
  EXPECT_EQ(error.code, Errc::permission);
  EXPECT_EQ(error.message(), "/srv/a.csv: open: Permission denied (chmod it)");
}

TEST(Error, sorts_errno_by_what_a_caller_may_do) {
  std::pair<int, Errc> const table[] = {
      {ENOENT, Errc::not_found},
      {ENOTDIR, Errc::not_found},
      {EEXIST, Errc::conflict},
      {ENOTEMPTY, Errc::conflict},
      {EPERM, Errc::permission},
      {EROFS, Errc::permission},
      {ECONNREFUSED, Errc::unavailable},
      {EMFILE, Errc::unavailable},
      {ENOSPC, Errc::no_space},
      {EDQUOT, Errc::no_space},
      {ETIMEDOUT, Errc::timeout},
      {ENAMETOOLONG, Errc::too_large},
      {EINVAL, Errc::invalid},
      {ELOOP, Errc::invalid},
      {ENOSYS, Errc::unsupported},
      {EIO, Errc::io},
      {ESTALE, Errc::io},
      {12345, Errc::io},
  };
  for (auto const& [number, code] : table) EXPECT_EQ(core::from_errno(number, "op", "x").code, code) << number;
}

TEST(Result, throws_a_failure_that_carries_its_error) {
  core::Result<int> const result = Error{Errc::no_space, "write", "/srv", "make room"};
  try {
    (void)result.value();
    FAIL() << "value() of an error came back";
  } catch (core::Failure const& failure) {
    EXPECT_EQ(failure.error().code, Errc::no_space);
    EXPECT_STREQ(failure.what(), "/srv: write (make room)");
  }
}

TEST(Result, holds_a_value_or_an_error) {
  core::Result<std::string> const good = std::string("yes");
  core::Result<std::string> const bad = Error{Errc::invalid, "no", {}, {}};
  EXPECT_TRUE(good);
  EXPECT_EQ(*good, "yes");
  EXPECT_FALSE(bad);
  EXPECT_EQ(bad.error().operation, "no");
}

}  // namespace
