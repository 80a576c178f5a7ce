#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "archive/seekable.hpp"
#include "core/fd.hpp"
#include "core/result.hpp"

namespace orchestrator {

/// An attempt's log as text, whichever form its file has: plain while it grows or is short, else compressed in pieces.
/// Offsets are of the text and mean the same in both. Blocking calls: worker threads only, one at a time.
class LogReader {
 public:
  /// nullopt: there is no such file, or it is still the one with inode `known` (0: none). Follows no symbolic link.
  [[nodiscard]] static core::Result<std::optional<LogReader>> open(std::filesystem::path const& file,
                                                                   std::uint64_t known = 0);

  /// At most `most` bytes; empty at the end.
  [[nodiscard]] core::Result<std::string> read(std::int64_t offset, std::size_t most);
  /// Bytes of text that are there now.
  [[nodiscard]] core::Result<std::int64_t> size() const;
  [[nodiscard]] std::uint64_t inode() const noexcept { return inode_; }
  /// Gives memory back that only makes the next read of the same part faster.
  void release();

 private:
  std::filesystem::path file_;
  core::Fd fd_;
  std::uint64_t inode_ = 0;
  std::optional<archive::SeekableReader> compressed_;
};

}  // namespace orchestrator
