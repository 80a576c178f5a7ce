#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "core/fd.hpp"
#include "core/result.hpp"
#include "domain/version.hpp"

namespace watch {

/// A directory opened below a root, or why not.
struct OpenedDir {
  core::Fd fd;
  int error = 0;  ///< errno; 0 when `fd` is open

  /// The path is proven not to be a directory of this tree (a symbolic link is none of ours).
  [[nodiscard]] bool absent() const noexcept;
};

/// The root of a source, held open: everything below is reached from this very inode, never through a symbolic link and
/// never across a mount (openat2(2)). Blocking: worker threads only; const calls may run on several at once.
class Root {
 public:
  /// `path` is absolute and resolved. Fails when it is not a directory, or is a symbolic link by now.
  [[nodiscard]] static core::Result<Root> open(std::string path);

  [[nodiscard]] std::string const& path() const noexcept { return path_; }
  /// The directory of a prefix ("" or "a/b/", any length). `flags` go to open(2): O_RDONLY to list it, O_PATH to look
  /// inside.
  [[nodiscard]] OpenedDir open_dir(std::string_view prefix, int flags) const;
  /// The path still leads to the inode that was opened. An absence seen below proves nothing otherwise.
  [[nodiscard]] bool still_there() const noexcept;

 private:
  Root(std::string path, core::Fd fd, struct ::stat const& status)
      : path_(std::move(path)), fd_(std::move(fd)), dev_(status.st_dev), ino_(status.st_ino) {}

  std::string path_;
  core::Fd fd_;
  ::dev_t dev_;
  ::ino_t ino_;
};

/// One step down, without links and on the same mount; the descriptor or -errno.
[[nodiscard]] int open_below(int directory_fd, char const* path, int flags) noexcept;

/// statx(2) of one name in an open directory, links not followed; 0 or errno.
[[nodiscard]] int status_of(int directory_fd, char const* name, struct ::statx& status) noexcept;

[[nodiscard]] domain::Version version_of(struct ::statx const& status) noexcept;

}  // namespace watch
