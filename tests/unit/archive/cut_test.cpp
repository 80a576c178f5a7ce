#include <gtest/gtest.h>
#include <unistd.h>

#include <random>

#include "archive/unpack.hpp"
#include "unit/archive/raw_tar.hpp"

namespace archive_test {

using core::Errc;

/// Each kind of header once, data that is a whole number of blocks and data that is not.
std::string sample() {
  return entry("out/", {}, '5') + entry("out/a", std::string(700, 'a')) + entry("out/zeros", std::string(1024, '\0')) +
         pax("path", "out/pax") + entry("x", "b") + gnu_long_name("out/long") + entry("x", "c") +
         entry("out/link", {}, '2', 0777, "a") + entry("out/empty", "") + end_mark();
}

/// Counts what it is given; for tests that need no files.
class CountingSink final : public archive::TarSink {
 public:
  core::Result<void> begin(archive::TarEntry const&) override { return ++entries, core::Result<void>{}; }
  core::Result<void> data(std::string_view piece) override { return bytes += piece.size(), core::Result<void>{}; }
  core::Result<void> end() override { return {}; }
  std::size_t entries = 0, bytes = 0;
};

core::Result<void> read_all(std::string_view tar) {
  CountingSink sink;
  archive::TarReader reader(sink);
  if (auto fed = reader.feed(tar); !fed) return fed;
  EXPECT_LE(sink.bytes, tar.size());
  return reader.finish();
}

TEST(CutStream, is_an_error_wherever_it_is_cut) {
  auto const whole = sample();
  EXPECT_TRUE(read_all(whole));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    auto const read = read_all(std::string_view(whole).substr(0, length));
    ASSERT_FALSE(read) << length;
    EXPECT_EQ(read.error().code, Errc::corrupt) << length;
  }
  for (std::size_t length = 0; length < whole.size(); length += 512) {
    Destination to;
    EXPECT_FALSE(to.unpack(std::string_view(whole).substr(0, length))) << length;
  }
  Destination to;
  EXPECT_EQ(to.unpack(whole).value().files.size(), 5U);
}

TEST(CutStream, is_the_same_in_pieces_of_any_size) {
  auto const whole = sample();
  for (std::size_t const piece : {1U, 2U, 511U, 512U, 513U, 1000U}) {
    Destination to;
    EXPECT_EQ(to.unpack(whole, {}, piece).value().files.size(), 5U) << piece;
    EXPECT_EQ(to.read("a"), std::string(700, 'a'));
  }
}

TEST(DamagedStream, is_an_error_and_stays_one) {
  auto damaged = sample();
  damaged[512 + 3] = 'X';
  Destination to;
  archive::Unpacker unpacker(to.fd(), "out", {});
  EXPECT_EQ(unpacker.feed(damaged).error().code, Errc::corrupt);
  EXPECT_EQ(unpacker.feed(end_mark()).error().code, Errc::corrupt);
  EXPECT_EQ(unpacker.finish().error().code, Errc::corrupt);
}

TEST(DamagedStream, with_lies_in_its_extended_headers_is_an_error) {
  auto const refused = [](std::string const& tar) {
    Destination to;
    auto const unpacked = to.unpack(tar + entry("out/x", "x") + end_mark());
    return !unpacked && unpacked.error().code == Errc::corrupt;
  };
  EXPECT_TRUE(refused(entry("x", "999 path=out/y\n", 'x')));
  EXPECT_TRUE(refused(entry("x", "3 p=q\n", 'x')));
  EXPECT_TRUE(refused(entry("x", "99999999999999999999999 path=y\n", 'x')));
  EXPECT_TRUE(refused(entry("x", "-5 path=y\n", 'x')));
  EXPECT_TRUE(refused(entry("x", "12 path out\n", 'x')));
  EXPECT_TRUE(refused(pax("path", std::string("out/a\0b", 7))));
  EXPECT_TRUE(refused(pax("size", "-1")));
  EXPECT_TRUE(refused(pax("size", "18446744073709551615")));
  EXPECT_TRUE(refused(pax("size", "1x")));
  EXPECT_TRUE(refused(header("x", 1ULL << 30, 'x')));
  EXPECT_TRUE(refused(header("x", 1ULL << 30, 'L')));
  EXPECT_TRUE(refused(std::string(512, '\0')));  // one zero block, then more
  EXPECT_TRUE(refused(std::string(512, 'x')));
}

TEST(DamagedStream, with_random_bytes_changed_never_crashes_nor_escapes) {
  auto const whole = sample();
  std::mt19937 random(20261122);
  for (int round = 0; round < 6000; ++round) {
    auto damaged = whole;
    for (auto changes = 1 + random() % 6; changes > 0; --changes)
      damaged[random() % damaged.size()] = static_cast<char>(random());
    // Half of them with the checksums mended, or nothing behind the headers' gate would ever be reached.
    for (std::size_t at = 0; round % 2 == 0 && at + 512 <= damaged.size(); at += 512) {
      if (damaged.compare(at + 257, 5, "ustar") != 0) continue;
      damaged.replace(at + 148, 8, 8, ' ');
      unsigned sum = 0;
      for (std::size_t i = 0; i < 512; ++i) sum += static_cast<unsigned char>(damaged[at + i]);
      std::snprintf(damaged.data() + at + 148, 8, "%06o", sum & 0777777U);
    }
    if (round % 60 > 1) {
      (void)read_all(damaged);
      continue;
    }
    Destination to;
    auto const unpacked = to.unpack(damaged, {.max_bytes = 100'000, .max_files = 50});
    if (unpacked) {
      EXPECT_LE(unpacked->bytes, 100'000);
    }
  }
}

TEST(Unpack, reads_a_pipe_to_its_end) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  auto const whole = sample();
  ASSERT_EQ(::write(ends[1], whole.data(), whole.size()), static_cast<ssize_t>(whole.size()));
  ::close(ends[1]);
  core::Fd const source(ends[0]);
  Destination to;
  EXPECT_EQ(archive::unpack(source.get(), to.fd(), {}).value().files.size(), 5U);
}

}  // namespace archive_test
