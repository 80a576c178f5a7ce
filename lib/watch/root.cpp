#include "watch/root.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace watch {

namespace {

constexpr std::size_t longest_path = 4000;  // below PATH_MAX, which counts for one call only

std::int64_t nanoseconds(struct ::statx_timestamp const& at) noexcept {
  return at.tv_sec * 1'000'000'000 + static_cast<std::int64_t>(at.tv_nsec);
}

}  // namespace

bool OpenedDir::absent() const noexcept {
  return error == ENOENT || error == ENOTDIR || error == ELOOP;
}

int open_below(int directory_fd, char const* path, int flags) noexcept {
  ::open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
  auto const fd = ::syscall(SYS_openat2, directory_fd, path, &how, sizeof how);
  return fd >= 0 ? static_cast<int>(fd) : -errno;
}

int status_of(int directory_fd, char const* name, struct ::statx& status) noexcept {
  constexpr int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;
  return ::statx(directory_fd, name, flags, STATX_BASIC_STATS, &status) == 0 ? 0 : errno;
}

domain::Version version_of(struct ::statx const& status) noexcept {
  return {static_cast<std::int64_t>(status.stx_size), nanoseconds(status.stx_mtime), nanoseconds(status.stx_ctime),
          static_cast<std::int64_t>(status.stx_ino)};
}

core::Result<Root> Root::open(std::string path) {
  core::Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct ::stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0)
    return core::from_errno(errno, "open", path, "the watched folder must exist and be readable for the daemon's user");
  return Root(std::move(path), std::move(fd), status);
}

OpenedDir Root::open_dir(std::string_view prefix, int flags) const {
  OpenedDir opened;
  std::string part;
  int at = fd_.get();
  do {
    auto end = prefix.size();
    if (end > longest_path) end = prefix.rfind('/', longest_path) + 1;
    part.assign(prefix.substr(0, end));
    prefix.remove_prefix(end);
    if (!part.empty()) part.pop_back();  // a trailing slash would follow a link
    int const fd = open_below(at, part.empty() ? "." : part.c_str(), (prefix.empty() ? flags : O_PATH) | O_DIRECTORY);
    if (fd < 0) {
      opened.fd.reset();
      opened.error = -fd;
      return opened;
    }
    opened.fd.reset(fd);
    at = fd;
  } while (!prefix.empty());
  return opened;
}

bool Root::still_there() const noexcept {
  struct ::stat held {
  }, named{};
  // A file system may give a removed root's inode number to its successor at once; only the held one has no links then.
  return ::fstat(fd_.get(), &held) == 0 && held.st_nlink > 0 && ::lstat(path_.c_str(), &named) == 0 &&
         named.st_dev == dev_ && named.st_ino == ino_;
}

}  // namespace watch
