#include "core/base64.hpp"

#include <gtest/gtest.h>

#include <random>

namespace {

TEST(Base64, writes_the_examples_of_rfc_4648) {
  EXPECT_EQ(core::to_base64(""), "");
  EXPECT_EQ(core::to_base64("f"), "Zg==");
  EXPECT_EQ(core::to_base64("fo"), "Zm8=");
  EXPECT_EQ(core::to_base64("foo"), "Zm9v");
  EXPECT_EQ(core::to_base64("foobar"), "Zm9vYmFy");
}

TEST(Base64, gives_any_bytes_back) {
  std::minstd_rand random(7);
  for (std::size_t size = 0; size < 300; ++size) {
    std::string bytes(size, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random());
    EXPECT_EQ(core::from_base64(core::to_base64(bytes)), bytes);
  }
}

TEST(Base64, refuses_what_is_not_exactly_base64) {
  for (auto const* const text : {"Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Zm9v\n", "Zm9-", "Zh==", "Zm9=", "=Zg="})
    EXPECT_FALSE(core::from_base64(text)) << text;
}

}  // namespace
