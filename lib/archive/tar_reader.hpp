#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "archive/tar_block.hpp"
#include "core/result.hpp"

namespace archive {

enum class EntryType : std::uint8_t { file, directory, symlink, hardlink, fifo, device, other };
[[nodiscard]] std::string_view to_string(EntryType type) noexcept;

struct TarEntry {
  std::string path;  ///< raw bytes, as in the archive; never contains NUL
  EntryType type = EntryType::file;
  std::uint64_t size = 0;  ///< bytes of data that follow; 0 for all that has none
};

/// Takes what a TarReader finds: begin, any number of data, end, for each entry. An error stops the reader.
class TarSink {
 public:
  virtual ~TarSink() = default;
  virtual core::Result<void> begin(TarEntry const& entry) = 0;
  virtual core::Result<void> data(std::string_view bytes) = 0;
  virtual core::Result<void> end() = 0;
};

/// Decodes ustar, pax (path, size) and GNU long names from pieces of any size; no I/O, at most 1 MiB of memory.
/// Sparse files come out as `other`. Errors: Errc::corrupt, or the sink's own.
class TarReader {
 public:
  explicit TarReader(TarSink& sink) : sink_(sink) {}

  /// After an error every further call returns that error.
  [[nodiscard]] core::Result<void> feed(std::string_view bytes);
  /// Errc::corrupt if the archive did not come to its two zero blocks: the stream was cut.
  [[nodiscard]] core::Result<void> finish() const;

 private:
  enum class State : std::uint8_t { header, meta, data, padding, ended };
  /// What a pax header or a GNU long name says about the entry that follows.
  struct Overrides {
    std::optional<std::string> path;
    std::optional<std::uint64_t> size;
    bool sparse = false;
  };

  core::Result<void> step(std::string_view& bytes);
  core::Result<void> on_block();
  core::Result<void> on_entry(TarBlock block);
  core::Result<void> on_data_end();
  core::Result<void> on_meta_end();
  core::Result<void> parse_pax();

  TarSink& sink_;
  State state_ = State::header;
  std::string block_;  ///< the header so far
  std::string meta_;   ///< the pax records or the long name so far
  char meta_type_ = 0;
  std::uint64_t left_ = 0;     ///< of the data
  std::uint64_t padding_ = 0;  ///< behind it
  int zero_blocks_ = 0;
  Overrides overrides_;
  std::optional<core::Error> failed_;
};

}  // namespace archive
