#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>

namespace domain {

/// Fingerprint of one version of a local file (statx(2)). st_dev is left out on purpose: it changes over reboots and
/// remounts.
struct Version {
  std::int64_t size = 0;
  std::int64_t mtime_ns = 0;
  std::int64_t ctime_ns = 0;
  std::int64_t ino = 0;
  friend bool operator==(Version const&, Version const&) = default;
};

using ContentHash = std::array<unsigned char, 32>;  ///< SHA-256

/// How two fingerprints of one key differ (DESIGN section 4, "What a version is").
enum class Difference : std::uint8_t {
  none,
  ctime_only,  ///< chmod, chown, ln, or a rewrite that set mtime back: only the content can tell
  changed,     ///< size, mtime or inode differ
};
[[nodiscard]] constexpr Difference compare(Version const& known, Version const& found) noexcept {
  if (known.size != found.size || known.mtime_ns != found.mtime_ns || known.ino != found.ino)
    return Difference::changed;
  return known.ctime_ns == found.ctime_ns ? Difference::none : Difference::ctime_only;
}

}  // namespace domain
