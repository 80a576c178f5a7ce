#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace archive {

constexpr std::size_t block_size = 512;

/// Bytes to add to `size` for a whole number of blocks.
[[nodiscard]] constexpr std::uint64_t padding_of(std::uint64_t size) noexcept {
  return (block_size - size % block_size) % block_size;
}

/// The fields of one header block that matter here (POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar's base-256).
struct TarBlock {
  std::string path;  ///< prefix and name joined; raw bytes
  std::uint64_t size = 0;
  char type = '0';  ///< the typeflag, '\0' read as '0'
};

/// Errc::corrupt for a wrong checksum or a number that is none. `block` has block_size bytes.
[[nodiscard]] core::Result<TarBlock> parse_block(std::string_view block);

/// True for one of the zero blocks that end an archive.
[[nodiscard]] bool is_zero(std::string_view block) noexcept;

/// What one header says; `path` at most 100 bytes, the numbers within their octal fields (a larger size in base-256).
struct TarBlockFields {
  std::string_view path;
  std::uint64_t size = 0;
  unsigned mode = 0, uid = 0, gid = 0;
  std::int64_t mtime = 0;  ///< seconds since the epoch
  char type = '0';
};
[[nodiscard]] std::string format_block(TarBlockFields const& fields);

}  // namespace archive
