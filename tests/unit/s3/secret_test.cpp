#include "s3/secret.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string_view>

namespace {

using s3::Secret;

template <class T>
concept Streamable = requires(std::ostream& out, T const& value) {
  out << value;
};

// Each of these would be a way into a log without a word that a reader stumbles over.
static_assert(!Streamable<Secret>);
static_assert(!Streamable<s3::Credentials>);
static_assert(!fmt::is_formattable<Secret>::value);
static_assert(!fmt::is_formattable<s3::Credentials>::value);
static_assert(!std::is_convertible_v<Secret, std::string> && !std::is_convertible_v<Secret, std::string_view>);
static_assert(!std::is_convertible_v<std::string, Secret>);

TEST(Secret, is_moved_without_leaving_a_copy) {
  Secret first("short");  // in the string's own storage, where a move copies
  Secret second(std::move(first));
  EXPECT_EQ(second.reveal(), "short");
  EXPECT_TRUE(first.empty());  // NOLINT: that is the test
  first = std::move(second);
  EXPECT_EQ(first.reveal(), "short");
  EXPECT_TRUE(second.empty());  // NOLINT
  EXPECT_EQ(std::string_view(second.reveal().data(), 5), std::string_view("\0\0\0\0\0", 5));
}

TEST(Secret, is_copied_and_compared_whole) {
  Secret const one("one");
  Secret other("another one that does not fit into the string's own storage");
  other = one;
  EXPECT_EQ(other, one);
  EXPECT_NE(other, Secret("two"));
}

}  // namespace
