#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/fd.hpp"
#include "core/result.hpp"

namespace archive {

/// Text in independent zstd frames with a table of them at its end, so that any part can be read without what lies
/// before it: the "seekable format" of zstd's contrib/, which every zstd program reads as an ordinary file.
inline constexpr std::size_t seekable_frame = std::size_t{1} << 20;  ///< bytes of text in a frame

struct SeekableEntry {
  std::uint32_t stored = 0, size = 0;  ///< bytes in the file, and of the text
};

/// One frame with all of `text`.
[[nodiscard]] core::Result<std::string> compress_frame(std::string_view text);
/// What stands behind the last frame.
[[nodiscard]] std::string seekable_table(std::vector<SeekableEntry> const& frames);

/// Reads such a file. Holds one frame of text at most. Blocking: worker threads only, one at a time.
class SeekableReader {
 public:
  /// nullopt: it is no such file. corrupt: it was one.
  [[nodiscard]] static core::Result<std::optional<SeekableReader>> open(int fd, std::string subject);

  [[nodiscard]] std::int64_t size() const noexcept { return begins_.back(); }  ///< of the text
  /// What of the text lies at `offset`, to the end of its frame and at most `most` bytes; empty at the end.
  [[nodiscard]] core::Result<std::string> read(int fd, std::int64_t offset, std::size_t most);
  /// Gives the memory of the last frame back.
  void release();

 private:
  [[nodiscard]] core::Result<void> load(int fd, std::size_t frame);

  std::string subject_;
  std::vector<std::int64_t> begins_{0}, places_{0};  ///< of each frame in the text and in the file, and of the end
  std::optional<std::size_t> loaded_;
  std::string text_;  ///< of the frame that was read last
};

}  // namespace archive
