#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "archive/seekable.hpp"
#include "core/result.hpp"

namespace orchestrator {

/// How much of a log's beginning is kept where all of it is longer than `limit` bytes; the rest of them is for its end.
[[nodiscard]] std::int64_t log_head(std::int64_t limit) noexcept;

/// The complete log of an attempt on its way to its place: compressed in pieces of 1 MiB of text at most, or plain
/// where it is so short that there is nothing to gain. LogReader reads both. Of a log that is longer than its limit the
/// head and the tail stay, with a line between them that says how much is missing; the tail lies compressed in memory
/// until the end. Blocking: worker threads only, one at a time.
class FinishedLog {
 public:
  static constexpr std::size_t least_compressed = std::size_t{16} << 10;

  explicit FinishedLog(std::filesystem::path file, std::int64_t limit = std::numeric_limits<std::int64_t>::max());
  /// Records as to_cri() makes them, cut anywhere.
  [[nodiscard]] core::Result<void> add(std::string_view text);
  /// From here on something is missing that the engine has not kept.
  [[nodiscard]] core::Result<void> gap(std::string_view timestamp);
  /// In place of the live log, once it is safe: fsync, rename.
  [[nodiscard]] core::Result<void> finish();

 private:
  struct Piece {
    std::string stored;     ///< compressed
    std::string timestamp;  ///< of its first record
    std::int64_t size = 0, lines = 0;
  };
  [[nodiscard]] core::Result<void> write(std::string const& bytes);
  [[nodiscard]] core::Result<void> write_piece(Piece const& piece);
  [[nodiscard]] core::Result<void> take_piece(std::string_view text);
  [[nodiscard]] static core::Result<Piece> compress(std::string_view text);

  std::filesystem::path file_, temporary_;
  std::int64_t head_, tail_;  ///< bytes to keep of each
  std::size_t piece_;         ///< bytes of text in one
  std::string pending_;       ///< less than a piece
  std::vector<archive::SeekableEntry> frames_;
  std::int64_t written_ = 0;    ///< bytes of text in them
  std::deque<Piece> last_;      ///< behind the head
  std::int64_t last_size_ = 0;  ///< bytes of text in them
  std::int64_t left_out_ = 0, lines_left_out_ = 0;
  bool head_is_full_ = false;
  bool fresh_ = true;
};

}  // namespace orchestrator
