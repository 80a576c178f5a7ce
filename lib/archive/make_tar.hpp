#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"

namespace archive {

struct TarMember {
  std::string path;  ///< relative, raw bytes, at most 99; no trailing slash
  bool folder = false;
  unsigned mode = 0644;
  unsigned uid = 0, gid = 0;
  std::string bytes;  ///< of a file
};

/// A small archive in memory, for the engine's PUT /archive ({path "out", folder, mode 0777} makes /out writable for
/// anyone). Errc::invalid for a name that is empty, absolute, too long or holds `..`, for a folder with bytes, and for
/// ids over 2^21.
[[nodiscard]] core::Result<std::string> make_tar(std::vector<TarMember> const& members, core::Wall mtime);

/// An archive that holds nothing but the folder `name`, mode 0777: unpacked at / it gives any user a place to write.
[[nodiscard]] std::string open_directory_tar(std::string const& name);

}  // namespace archive
