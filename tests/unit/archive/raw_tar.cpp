#include "unit/archive/raw_tar.hpp"

#include <fcntl.h>

#include <cstdio>
#include <fstream>
#include <iterator>

namespace archive_test {

namespace {

std::string padded(std::string_view bytes) {
  std::string all(bytes);
  all.resize((bytes.size() + 511) / 512 * 512);
  return all;
}

}  // namespace

std::string header(std::string_view path, std::uint64_t size, char type, unsigned mode, std::string_view link) {
  std::string block(512, '\0');
  path.substr(0, 100).copy(block.data(), 100);
  std::snprintf(block.data() + 100, 8, "%07o", mode);
  std::snprintf(block.data() + 108, 8, "%07o", 0U);
  std::snprintf(block.data() + 116, 8, "%07o", 0U);
  if (size < (1ULL << 33)) {
    std::snprintf(block.data() + 124, 12, "%011llo", static_cast<unsigned long long>(size));
  } else {
    block[124] = '\x80';
    for (std::size_t i = 0; i < 8; ++i) block[135 - i] = static_cast<char>(size >> (8 * i));
  }
  std::snprintf(block.data() + 136, 12, "%011o", 0U);
  block[156] = type;
  link.copy(block.data() + 157, 100);
  std::string_view(
      "ustar\0"
      "00",
      8)
      .copy(block.data() + 257, 8);
  block.replace(148, 8, 8, ' ');
  unsigned sum = 0;
  for (char const byte : block) sum += static_cast<unsigned char>(byte);
  std::snprintf(block.data() + 148, 8, "%06o", sum);
  return block;
}

std::string entry(std::string_view path, std::string_view bytes, char type, unsigned mode, std::string_view link) {
  return header(path, bytes.size(), type, mode, link) + padded(bytes);
}

std::string pax(std::string_view key, std::string_view value) {
  std::string const body = " " + std::string(key) + "=" + std::string(value) + "\n";
  std::size_t length = body.size() + 1;
  while (std::to_string(length).size() + body.size() != length) ++length;
  return entry("PaxHeaders/x", std::to_string(length) + body, 'x');
}

std::string gnu_long_name(std::string_view path) {
  return entry("././@LongLink", std::string(path) + std::string(1, '\0'), 'L');
}

std::string end_mark() {
  return std::string(1024, '\0');
}

Destination::Destination() : fd_(::open(folder_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}

core::Result<archive::Unpacked> Destination::unpack(std::string_view tar, archive::Limits limits, std::size_t piece) {
  archive::Unpacker unpacker(fd_.get(), "out", limits);
  for (; !tar.empty(); tar.remove_prefix(std::min(piece, tar.size())))
    if (auto fed = unpacker.feed(tar.substr(0, piece)); !fed) return fed.error();
  return unpacker.finish();
}

std::string Destination::read(std::string_view name) const {
  std::ifstream file(path(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::size_t Destination::size() const {
  std::size_t count = 0;
  for ([[maybe_unused]] auto const& one : std::filesystem::recursive_directory_iterator(folder_.path())) ++count;
  return count;
}

}  // namespace archive_test
