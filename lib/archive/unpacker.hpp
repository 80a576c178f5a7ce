#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/place.hpp"
#include "archive/tar_reader.hpp"
#include "core/result.hpp"
#include "core/sha256.hpp"

namespace archive {

struct Limits {
  std::int64_t max_bytes = std::int64_t{10} << 30;
  std::size_t max_files = 10'000;  ///< entries of any kind
  std::size_t max_path = 1024;     ///< bytes; longer ones are skipped with a warning
  std::size_t max_depth = 32;      ///< segments; deeper ones are skipped with a warning
};

struct UnpackedFile {
  std::string path;  ///< raw bytes, relative to the destination
  std::int64_t size = 0;
  core::Sha256Digest sha256{};
};

struct Unpacked {
  std::vector<UnpackedFile> files;  ///< sorted by path
  std::int64_t bytes = 0;
  std::vector<std::string> warnings;  ///< one for each entry left out, for people; at most 100
  std::size_t skipped = 0;            ///< entries left out
};

/// Unpacks a hostile tar stream as it comes: regular files and folders only, no name that leaves the destination, no
/// link followed, 0644 and 0755 whatever the archive says, bounded. Blocking: worker threads only, one at a time.
/// Errors: too_large (a cap), corrupt (cut or malformed), no_space, io. After one the destination holds a part: remove
/// it.
class Unpacker final : TarSink {
 public:
  /// `destination` is an open, empty folder on which nobody else works. `strip` is the first segment of every name,
  /// left off ("out" for the engine's archive of /out); entries outside of it are skipped. Empty: nothing is left off.
  Unpacker(int destination, std::string strip, Limits limits);

  [[nodiscard]] core::Result<void> feed(std::string_view bytes) { return reader_.feed(bytes); }
  /// Makes all of it durable. Call once, after the whole stream was fed.
  [[nodiscard]] core::Result<Unpacked> finish();

 private:
  core::Result<void> begin(TarEntry const& entry) override;
  core::Result<void> data(std::string_view bytes) override;
  core::Result<void> end() override;
  core::Result<void> begin_file(std::string_view path);
  core::Result<void> skip(TarEntry const& entry, std::string_view why);
  std::optional<std::string_view> below_strip(std::string_view path) const;

  TarReader reader_;
  Place place_;
  std::string strip_;
  Limits limits_;
  Unpacked result_;
  std::int64_t announced_ = 0;  ///< bytes of all entries so far, skipped ones too
  std::size_t entries_ = 0;
  core::Fd file_;  ///< open while a file's data comes
  std::optional<core::Sha256> hash_;
};

}  // namespace archive
