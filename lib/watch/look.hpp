#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/version.hpp"
#include "watch/root.hpp"

namespace watch {

/// What a path is right now.
enum class Found : std::uint8_t {
  file,  ///< a regular file
  directory,
  other,    ///< a link, FIFO, socket or device: no item
  absent,   ///< proven: the kernel walked to its parent, or to where that ends, and the root is still the same
  unknown,  ///< EACCES, EIO, another mount, ...: says nothing
};

struct Sight {
  Found found = Found::unknown;
  domain::Version version;  ///< of a file
  int error = 0;            ///< errno when unknown
};

/// Looks at every key, in order. Blocking. `root_lost` is set when the root's path leads elsewhere by now; then nothing
/// is called absent.
struct Sights {
  std::vector<Sight> each;
  bool root_lost = false;
};
[[nodiscard]] Sights look_at(Root const& root, std::vector<std::string> const& keys);

/// SHA-256 of the file if it has this version before and after reading; Errc::conflict when it changed,
/// Errc::permission or Errc::io when it cannot be read. Blocking, as long as the file is.
[[nodiscard]] core::Result<domain::ContentHash> hash_version(Root const& root, std::string const& key,
                                                             domain::Version const& version);

}  // namespace watch
