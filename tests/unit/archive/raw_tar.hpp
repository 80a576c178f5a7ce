#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "archive/unpacker.hpp"
#include "core/fd.hpp"
#include "support/temp_dir.hpp"

namespace archive_test {

/// A ustar header written by hand, independent of the code under test, so that it can lie.
[[nodiscard]] std::string header(std::string_view path, std::uint64_t size = 0, char type = '0', unsigned mode = 0644,
                                 std::string_view link = {});
/// Header, data and padding.
[[nodiscard]] std::string entry(std::string_view path, std::string_view bytes = {}, char type = '0',
                                unsigned mode = 0644, std::string_view link = {});
/// A pax header with one record for the entry that follows.
[[nodiscard]] std::string pax(std::string_view key, std::string_view value);
/// GNU tar's long name for the entry that follows.
[[nodiscard]] std::string gnu_long_name(std::string_view path);
[[nodiscard]] std::string end_mark();

/// A folder to unpack into.
class Destination {
 public:
  Destination();
  [[nodiscard]] core::Result<archive::Unpacked> unpack(std::string_view tar, archive::Limits limits = {},
                                                       std::size_t piece = 1 << 20);
  [[nodiscard]] std::filesystem::path path(std::string_view name) const { return folder_ / name; }
  [[nodiscard]] std::string read(std::string_view name) const;
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  /// Number of files and folders in it.
  [[nodiscard]] std::size_t size() const;

 private:
  support::TempDir folder_;
  core::Fd fd_;
};

}  // namespace archive_test
