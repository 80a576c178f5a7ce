#include "watch/inotify_decode.hpp"

#include <gtest/gtest.h>
#include <sys/inotify.h>

#include <cstring>
#include <random>
#include <vector>

namespace {

std::vector<std::byte> record(int wd, std::uint32_t mask, std::string_view name, std::uint32_t padded) {
  std::vector<std::byte> bytes(sizeof(::inotify_event) + padded);
  std::uint32_t const cookie = 7;
  std::memcpy(bytes.data(), &wd, 4);
  std::memcpy(bytes.data() + 4, &mask, 4);
  std::memcpy(bytes.data() + 8, &cookie, 4);
  std::memcpy(bytes.data() + 12, &padded, 4);
  std::memcpy(bytes.data() + 16, name.data(), name.size());
  return bytes;
}

TEST(InotifyDecoder, reads_records_one_after_another) {
  auto bytes = record(3, IN_CREATE, "name", 16);
  auto const second = record(-1, IN_Q_OVERFLOW, "", 0);
  bytes.insert(bytes.end(), second.begin(), second.end());
  watch::InotifyDecoder decoder(bytes);
  auto const first = decoder.next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->wd, 3);
  EXPECT_EQ(first->mask, std::uint32_t{IN_CREATE});
  EXPECT_EQ(first->cookie, 7u);
  EXPECT_EQ(first->name, "name");
  auto const overflow = decoder.next();
  ASSERT_TRUE(overflow);
  EXPECT_EQ(overflow->wd, -1);
  EXPECT_TRUE(overflow->name.empty());
  EXPECT_FALSE(decoder.next());
  EXPECT_FALSE(decoder.malformed());
}

TEST(InotifyDecoder, takes_a_name_that_fills_its_field) {
  auto const bytes = record(1, IN_CREATE, "12345678", 8);
  EXPECT_EQ(watch::InotifyDecoder(bytes).next()->name, "12345678");
}

TEST(InotifyDecoder, calls_a_cut_record_malformed) {
  auto bytes = record(1, IN_CREATE, "name", 16);
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    auto const cut = std::span<std::byte const>(bytes).first(size);
    watch::InotifyDecoder decoder(cut);
    EXPECT_FALSE(decoder.next());
    EXPECT_TRUE(decoder.malformed());
    EXPECT_FALSE(decoder.next());
  }
}

TEST(InotifyDecoder, survives_any_bytes) {
  std::mt19937 random(20261122);
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::byte> bytes(random() % 200);
    for (auto& byte : bytes) byte = static_cast<std::byte>(random() % 4 == 0 ? random() : 0);
    watch::InotifyDecoder decoder(bytes);
    std::size_t taken = 0;
    while (auto const event = decoder.next()) taken += sizeof(::inotify_event) + event->name.size();
    EXPECT_LE(taken, bytes.size());
  }
}

}  // namespace
