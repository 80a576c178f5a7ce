#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "core/sha256.hpp"
#include "core/utf8.hpp"
#include "inputs/input.hpp"

namespace inputs {

namespace {

using core::Errc;
using core::Error;
using core::Fd;
using core::from_errno;
using core::Result;

constexpr std::size_t max_path = 4095;  // PATH_MAX without its NUL
constexpr std::size_t max_extension = 16;

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

Result<void> write_all(int fd, char const* bytes, std::size_t size, std::string_view name) {
  while (size > 0) {
    auto const wrote = ::write(fd, bytes, size);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return from_errno(errno, "write", name);
    bytes += wrote;
    size -= static_cast<std::size_t>(wrote);
  }
  return {};
}

/// The plain way, from `offset` on, for file systems between which the kernel does not copy.
Result<void> copy_by_hand(int from, off_t offset, int to, std::string_view name) {
  std::vector<char> buffer(256 * 1024);
  for (;;) {
    auto const got = ::pread(from, buffer.data(), buffer.size(), offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return from_errno(errno, "read", name);
    if (got == 0) return {};
    if (auto wrote = write_all(to, buffer.data(), static_cast<std::size_t>(got), name); !wrote) return wrote;
    offset += got;
  }
}

Result<void> copy_bytes(int from, int to, std::string_view name) {
  for (off_t offset = 0;;) {
    auto const copied = ::copy_file_range(from, &offset, to, nullptr, std::size_t{1} << 30, 0);
    if (copied > 0 || (copied < 0 && errno == EINTR)) continue;
    if (copied < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)) return from_errno(errno, "write", name);
    // Not offered here (EXDEV, EINVAL, EOPNOTSUPP, ...), or 0, which some kernels also say for files they cannot copy:
    // reading decides, and reports what is truly wrong.
    return copy_by_hand(from, offset, to, name);
  }
}

/// The very inode that was hashed, whatever has its name by now.
Result<void> link_input(int from, std::filesystem::path const& to, std::string const& shown) {
  auto const self = "/proc/self/fd/" + std::to_string(from);
  if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, to.c_str(), AT_SYMLINK_FOLLOW) == 0) return {};
  if (errno == EXDEV || errno == EMLINK || errno == EOPNOTSUPP)
    return Error{Errc::unsupported, "the input cannot be linked to: " + std::string(std::strerror(errno)), shown,
                 "write snapshot: copy, or put state_dir on the input's file system"};
  return from_errno(errno, "link", shown,
                    "fs.protected_hardlinks asks for a file of one's own, or one that may be written");
}

Result<void> clone_input(int from, std::filesystem::path const& to, std::string const& shown) {
  Fd const target(::open(to.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!target) return from_errno(errno, "create", shown);
  if (::ioctl(target.get(), FICLONE, from) == 0 && ::fchmod(target.get(), 0644) == 0) return {};
  auto const error = errno;
  ::unlink(to.c_str());
  if (error == EXDEV || error == EOPNOTSUPP || error == EINVAL || error == ENOTTY)
    return Error{Errc::unsupported,
                 "the file system cannot share blocks (reflink): " + std::string(std::strerror(error)), shown,
                 "write snapshot: copy, or put state_dir and the input on one XFS or Btrfs"};
  return from_errno(error, "clone", shown);
}

}  // namespace

bool mountable(std::string_view absolute_path) noexcept {
  return absolute_path.starts_with('/') && absolute_path.size() <= max_path && core::is_utf8(absolute_path);
}

std::string safe_name(std::string_view name) {
  auto const dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return "input";
  auto const extension = name.substr(dot + 1);
  bool const plain =
      !extension.empty() && extension.size() <= max_extension && std::ranges::all_of(extension, is_alphanumeric);
  return plain ? "input." + std::string(extension) : "input";
}

Result<std::filesystem::path> stage_copy(OpenInput const& input, std::filesystem::path const& folder,
                                         std::string const& name, domain::ContentHash const& expected) {
  auto path = folder / name;
  auto const shown = core::to_display(path.string());
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return from_errno(errno, "remove", shown);
  Fd const target(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!target) return from_errno(errno, "create", shown);
  auto copied = copy_bytes(input.fd.get(), target.get(), shown);
  // Whatever the umask: any user of any image has to be able to read it.
  if (copied && ::fchmod(target.get(), 0644) != 0) copied = from_errno(errno, "chmod", shown);
  auto const hash = copied ? core::sha256_file(target.get(), shown) : Result<core::Sha256Digest>(copied.error());
  if (hash && *hash == expected) return path;
  ::unlink(path.c_str());
  if (!hash) return hash.error();
  return Error{Errc::conflict, "the file changed while it was copied", shown, "it is looked at again by itself"};
}

Result<std::filesystem::path> stage_snapshot(OpenInput const& input, std::filesystem::path const& folder,
                                             std::string const& name, domain::ContentHash const& expected,
                                             domain::Snapshot how) {
  if (how == domain::Snapshot::copy) return stage_copy(input, folder, name, expected);
  auto path = folder / name;
  auto const shown = core::to_display(path.string());
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return from_errno(errno, "remove", shown);
  auto made = how == domain::Snapshot::hardlink ? link_input(input.fd.get(), path, shown)
                                                : clone_input(input.fd.get(), path, shown);
  if (!made) return made.error();
  Fd const target(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!target) return from_errno(errno, "open", shown);
  auto const hash = core::sha256_file(target.get(), shown);
  if (hash && *hash == expected) return path;
  ::unlink(path.c_str());
  if (!hash) return hash.error();
  return Error{Errc::conflict, "the file changed while its snapshot was made", shown,
               "it is looked at again by itself"};
}

}  // namespace inputs
