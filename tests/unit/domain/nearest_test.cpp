#include "domain/nearest.hpp"

#include <gtest/gtest.h>

#include <array>

namespace {

constexpr std::array<std::string_view, 6> keys{"mem_limit", "name", "watch", "image", "timeout", "cpus"};

std::string nearest(std::string_view name) {
  return domain::nearest(name, std::span<std::string_view const>(keys)).value_or("");
}

TEST(Nearest, finds_slips_of_the_fingers) {
  EXPECT_EQ(nearest("mem_limits"), "mem_limit");
  EXPECT_EQ(nearest("memlimit"), "mem_limit");
  EXPECT_EQ(nearest("wacth"), "watch");
  EXPECT_EQ(nearest("imag"), "image");
  EXPECT_EQ(nearest("cpu"), "cpus");
}

TEST(Nearest, does_not_guess_wildly) {
  EXPECT_EQ(nearest("hologram"), "");
  EXPECT_EQ(nearest("x"), "");
  EXPECT_EQ(nearest(""), "");
  EXPECT_EQ(nearest(std::string(5000, 'a')), "");
}

TEST(Nearest, asks) {
  EXPECT_EQ(domain::did_you_mean("nam", std::span<std::string_view const>(keys)), "did you mean 'name'?");
  EXPECT_EQ(domain::did_you_mean("hologram", std::span<std::string_view const>(keys)), "");
}

}  // namespace
