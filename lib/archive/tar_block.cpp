#include "archive/tar_block.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace archive {

namespace {

using core::Errc;
using core::Error;

struct Field {
  std::size_t offset, size;
};
constexpr Field name{0, 100}, mode{100, 8}, uid{108, 8}, gid{116, 8}, size{124, 12}, mtime{136, 12}, checksum{148, 8},
    magic{257, 6}, prefix{345, 155};
constexpr std::size_t type_offset = 156;

std::string_view raw(std::string_view block, Field field) {
  return block.substr(field.offset, field.size);
}

std::string_view text(std::string_view block, Field field) {
  auto const bytes = raw(block, field);
  return bytes.substr(0, bytes.find('\0'));
}

/// Octal digits between blanks, or, with the top bit set, a big-endian number as GNU tar and Go write large ones.
std::optional<std::uint64_t> number(std::string_view block, Field field) {
  auto bytes = raw(block, field);
  std::uint64_t value = 0;
  if ((static_cast<unsigned char>(bytes.front()) & 0x80U) != 0) {
    if (static_cast<unsigned char>(bytes.front()) != 0x80U) return std::nullopt;  // negative, or past 2^88
    for (auto const byte : bytes.substr(1)) {
      if (value >> 55 != 0) return std::nullopt;
      value = value << 8 | static_cast<unsigned char>(byte);
    }
    return value;
  }
  bytes = bytes.substr(0, bytes.find('\0'));
  while (bytes.starts_with(' ')) bytes.remove_prefix(1);
  while (bytes.ends_with(' ')) bytes.remove_suffix(1);
  if (bytes.empty()) return 0;
  auto const [end, error] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), value, 8);
  if (error != std::errc{} || end != bytes.data() + bytes.size()) return std::nullopt;
  return value;
}

unsigned sum(std::string_view block) {
  unsigned total = 0;
  for (std::size_t i = 0; i < block.size(); ++i) {
    bool const own = i >= checksum.offset && i < checksum.offset + checksum.size;
    total += own ? static_cast<unsigned char>(' ') : static_cast<unsigned char>(block[i]);
  }
  return total;
}

void put_octal(std::string& block, Field field, std::uint64_t value) {
  for (std::size_t i = field.size - 1; i-- > 0; value >>= 3)
    block[field.offset + i] = static_cast<char>('0' + static_cast<char>(value & 7U));
}

}  // namespace

core::Result<TarBlock> parse_block(std::string_view block) {
  if (number(block, checksum) != sum(block))
    return Error{Errc::corrupt, "a header's checksum is wrong", "tar stream", {}};
  auto const bytes = number(block, size);
  if (!bytes || *bytes > std::uint64_t{1} << 62)
    return Error{Errc::corrupt, "a header's size is no number", "tar stream", {}};
  TarBlock parsed{.path = std::string(text(block, name)), .size = *bytes, .type = block[type_offset]};
  if (parsed.type == '\0') parsed.type = '0';
  // GNU tar's own magic is "ustar " and its prefix field holds other things.
  if (raw(block, magic) == std::string_view("ustar\0", 6) && !text(block, prefix).empty())
    parsed.path = std::string(text(block, prefix)) + "/" + parsed.path;
  return parsed;
}

bool is_zero(std::string_view block) noexcept {
  return std::ranges::all_of(block, [](char byte) { return byte == '\0'; });
}

std::string format_block(TarBlockFields const& fields) {
  std::string block(block_size, '\0');
  fields.path.substr(0, name.size).copy(block.data(), name.size);
  put_octal(block, mode, fields.mode);
  put_octal(block, uid, fields.uid);
  put_octal(block, gid, fields.gid);
  if (fields.size >> 33 == 0) {
    put_octal(block, size, fields.size);
  } else {  // GNU tar's base-256
    block[size.offset] = static_cast<char>(0x80);
    for (std::size_t i = 0; i < 8; ++i)
      block[size.offset + size.size - 1 - i] = static_cast<char>(fields.size >> (8 * i) & 0xffU);
  }
  put_octal(block, mtime, static_cast<std::uint64_t>(std::max<std::int64_t>(fields.mtime, 0)));
  block[type_offset] = fields.type;
  std::string_view(
      "ustar\0"
      "00",
      8)
      .copy(block.data() + magic.offset, 8);
  put_octal(block, {checksum.offset, 7}, sum(block));
  block[checksum.offset + 7] = ' ';
  return block;
}

}  // namespace archive
