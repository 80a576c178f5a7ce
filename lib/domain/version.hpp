#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace domain {

/// Fingerprint of one version of an item. Of a local file: size, times and inode (statx(2)); st_dev is left out on
/// purpose, it changes over reboots and remounts. Of an S3 object: size, ETag, and LastModified as mtime_ns in whole
/// seconds (a listing may say milliseconds where a HEAD of the same object says seconds); ctime_ns and ino stay 0.
struct Version {
  std::int64_t size = 0;
  std::int64_t mtime_ns = 0;
  std::int64_t ctime_ns = 0;
  std::int64_t ino = 0;
  std::string etag = {};        ///< opaque, without quotes; empty: a local file
  std::string version_id = {};  ///< of a versioned bucket, where it was told (listings do not)
  friend bool operator==(Version const&, Version const&) = default;
};

/// Stands for the ETag of an object whose server gives none: such versions are told apart by size and time alone.
inline constexpr std::string_view unknown_etag = "-";

/// Of an S3 object, not of a local file.
[[nodiscard]] inline bool is_object(Version const& version) noexcept {
  return !version.etag.empty();
}

using ContentHash = std::array<unsigned char, 32>;  ///< SHA-256

/// How two fingerprints of one key differ (DESIGN section 4, "What a version is").
enum class Difference : std::uint8_t {
  none,
  ctime_only,  ///< chmod, chown, ln, or a rewrite that set mtime back: only the content can tell
  changed,     ///< size, mtime, inode or ETag differ
};
/// The version id is left out: a listing does not tell it, and whatever makes a new one makes a new LastModified, too.
[[nodiscard]] inline Difference compare(Version const& known, Version const& found) noexcept {
  if (known.size != found.size || known.mtime_ns != found.mtime_ns || known.ino != found.ino ||
      known.etag != found.etag)
    return Difference::changed;
  return known.ctime_ns == found.ctime_ns ? Difference::none : Difference::ctime_only;
}

}  // namespace domain
