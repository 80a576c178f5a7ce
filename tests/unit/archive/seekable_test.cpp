#include "archive/seekable.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "support/temp_dir.hpp"

namespace archive {
namespace {

class Seekable : public testing::Test {
 protected:
  /// Frames of `frame` bytes of text each.
  std::string store(std::string const& text, std::size_t frame) {
    std::string bytes;
    std::vector<SeekableEntry> entries;
    for (std::size_t at = 0; at < text.size(); at += frame) {
      auto const part = std::string_view(text).substr(at, frame);
      auto const stored = compress_frame(part).value();
      entries.push_back({static_cast<std::uint32_t>(stored.size()), static_cast<std::uint32_t>(part.size())});
      bytes += stored;
    }
    return bytes + seekable_table(entries);
  }
  core::Result<std::optional<SeekableReader>> open(std::string const& bytes) {
    std::ofstream(dir / "file", std::ios::binary) << bytes;
    fd = core::Fd(::open((dir / "file").c_str(), O_RDONLY | O_CLOEXEC));
    return SeekableReader::open(fd.get(), "file");
  }
  std::string read_from(SeekableReader& reader, std::int64_t offset, std::size_t most) {
    std::string all;
    while (all.size() < most) {
      auto const part =
          reader.read(fd.get(), offset + static_cast<std::int64_t>(all.size()), most - all.size()).value();
      if (part.empty()) break;
      all += part;
    }
    return all;
  }
  static std::string bytes_of(std::size_t size) {
    std::mt19937 random(7);
    std::string text;
    while (text.size() < size) text += static_cast<char>(random() % 7 == 0 ? random() % 256 : 'a');
    return text;
  }

  support::TempDir dir;
  core::Fd fd;
};

TEST_F(Seekable, gives_any_part_of_any_bytes_back) {
  auto const text = bytes_of(10'000);
  auto opened = open(store(text, 777));
  ASSERT_TRUE(opened && *opened);
  auto& reader = **opened;
  EXPECT_EQ(reader.size(), 10'000);
  EXPECT_EQ(read_from(reader, 0, 20'000), text);
  for (std::size_t at = 0; at < text.size(); at += 501)
    EXPECT_EQ(read_from(reader, static_cast<std::int64_t>(at), 900), text.substr(at, 900)) << at;
  reader.release();
  EXPECT_EQ(read_from(reader, 9'990, 100), text.substr(9'990));
  EXPECT_EQ(read_from(reader, 10'000, 1), "");
}

TEST_F(Seekable, is_told_from_other_files) {
  EXPECT_FALSE(open("2026-11-22T10:00:00Z stdout F plain\n")->has_value());
  EXPECT_FALSE(open("")->has_value());
  EXPECT_FALSE(open("abc")->has_value());
}

TEST_F(Seekable, says_when_a_file_is_damaged) {
  auto const text = bytes_of(3'000);
  auto const good = store(text, 1'000);
  for (std::size_t size = 4; size < good.size(); size += 13) EXPECT_FALSE(open(good.substr(0, size))) << size;
  std::mt19937 random(11);
  for (int round = 0; round < 500; ++round) {
    auto bad = good;
    bad[4 + random() % (bad.size() - 4)] = static_cast<char>(random());
    auto opened = open(bad);
    if (!opened || !*opened) continue;
    for (std::int64_t at = 0; at < (*opened)->size(); at += 500)
      (void)(*opened)->read(fd.get(), at, 100);  // an error or bytes; the sanitizers judge
  }
}

}  // namespace
}  // namespace archive
