#include <fcntl.h>
#include <grp.h>
#include <linux/openat2.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "core/utf8.hpp"
#include "inputs/input.hpp"

namespace inputs {

namespace {

using core::Errc;
using core::Error;
using core::Fd;
using core::from_errno;
using core::Result;

/// errno in place of a descriptor when it fails.
struct Opened {
  Fd fd;
  int error_number = 0;
};

Opened open_beneath(int root, std::string const& key, int flags) {
  ::open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  for (int tries = 0;; ++tries) {
    auto const fd = ::syscall(SYS_openat2, root, key.c_str(), &how, sizeof how);
    if (fd >= 0) return {Fd(static_cast<int>(fd)), 0};
    // EAGAIN: something on the way was renamed meanwhile, so the kernel cannot tell that it stayed beneath the root.
    if (errno != EINTR && (errno != EAGAIN || tries >= 32)) return {Fd{}, errno};
  }
}

std::int64_t to_ns(struct statx_timestamp const& time) {
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

Result<struct statx> look(int fd, std::string_view name) {
  struct statx status {};
  if (::statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &status) != 0)
    return from_errno(errno, "statx", core::to_display(name));
  return status;
}

domain::Version to_version(struct statx const& status) {
  return {.size = static_cast<std::int64_t>(status.stx_size),
          .mtime_ns = to_ns(status.stx_mtime),
          .ctime_ns = to_ns(status.stx_ctime),
          .ino = static_cast<std::int64_t>(status.stx_ino)};
}

std::string name_of(uid_t uid) {
  std::array<char, 4096> buffer;
  passwd entry{};
  passwd* found = nullptr;
  bool const known = ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr;
  return known ? std::string(entry.pw_name) + " (uid " + std::to_string(uid) + ")" : "uid " + std::to_string(uid);
}

std::string group_name(gid_t gid) {
  std::array<char, 4096> buffer;
  ::group entry{};
  ::group* found = nullptr;
  bool const known = ::getgrgid_r(gid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr;
  return known ? std::string(entry.gr_name) : std::to_string(gid);
}

/// What would let the daemon in: its group where the mode gives that group what is needed, else an entry of its own.
std::string remedy(struct statx const& status, bool file, std::string const& where) {
  auto const needed = file ? S_IRGRP : S_IXGRP;
  std::string const entry = "setfacl -m u:" + std::to_string(::geteuid()) + (file ? ":r " : ":x ") + where;
  // Nobody should have to be in root's group.
  if ((status.stx_mode & needed) == 0 || status.stx_gid == 0) return entry;
  return "usermod -aG " + group_name(status.stx_gid) + " for the daemon's user and restart it, or: " + entry;
}

/// "" for the root itself.
std::string parent_of(std::string const& key) {
  auto const slash = key.rfind('/');
  return slash == std::string::npos ? "" : key.substr(0, slash);
}

Opened open_part(int root, std::string const& key, int flags) {
  return open_beneath(root, key.empty() ? "." : key, flags);
}

/// Says who may do what: the file's own mode if it can be seen, else that of the folder that cannot be searched.
Error no_permission(int root, std::string const& root_path, std::string key) {
  auto const subject = root_path + "/" + key;
  Opened seen = open_part(root, key, O_PATH | O_NOFOLLOW);
  bool const file = static_cast<bool>(seen.fd);
  while (!seen.fd && !key.empty()) {
    key = parent_of(key);
    seen = open_part(root, key, O_PATH | O_NOFOLLOW);
  }
  auto error = from_errno(EACCES, "open", core::to_display(subject));
  auto const status = look(seen.fd ? seen.fd.get() : root, root_path);
  if (!status) return error;
  std::array<char, 8> mode;
  std::snprintf(mode.data(), mode.size(), "%04o", status->stx_mode & 07777U);
  auto const where = core::to_display(key.empty() ? root_path : root_path + "/" + key);
  auto const user = name_of(::geteuid());
  error.hint = (file ? "it" : where) + " belongs to " + name_of(status->stx_uid) + " and group " +
               group_name(status->stx_gid) + " with mode " + mode.data() + ", the daemon runs as " + user + "; " +
               remedy(*status, file, where);
  return error;
}

/// The key was not found. It is gone only if the nearest folder that is left can be listed: a folder that cannot be
/// read, or a root that lost its mount in between, proves nothing.
Error not_found(int root, std::string const& root_path, std::string const& key) {
  for (auto folder = parent_of(key);; folder = parent_of(folder)) {
    auto const opened = open_part(root, folder, O_RDONLY | O_DIRECTORY);
    if (opened.fd) return from_errno(ENOENT, "open", core::to_display(root_path + "/" + key));
    if (opened.error_number == EACCES) {
      auto error = no_permission(root, root_path, folder);
      error.operation = "it was not found, but its folder cannot be listed, so that proves nothing";
      return error;
    }
    bool const gone_too = opened.error_number == ENOENT || opened.error_number == ENOTDIR;
    if (!gone_too || folder.empty())
      return Error{Errc::unavailable,
                   from_errno(opened.error_number, "open its folder", "").operation,
                   core::to_display(root_path + "/" + key),
                   {}};
  }
}

Error failed(int root, std::string const& root_path, std::string const& key, int error_number) {
  auto const subject = core::to_display(root_path + "/" + key);
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      return not_found(root, root_path, key);
    case EACCES:
    case EPERM:
      return no_permission(root, root_path, key);
    case ELOOP:
    case EXDEV:
      return Error{Errc::invalid, "a symbolic link lies on the way, or it leads out of the source", subject,
                   "links are not followed; watch the folder that it points to"};
    case ENXIO:
    case ENODEV:
      return Error{Errc::invalid, "it is no regular file", subject, {}};
    case ENOSYS:
      return from_errno(ENOSYS, "openat2", subject,
                        "Linux 5.6 or newer is needed, and a seccomp profile that allows it");
    default:
      return from_errno(error_number, "open", subject);
  }
}

}  // namespace

Result<domain::Version> version_of(int fd, std::string_view name_for_errors) {
  auto const status = look(fd, name_for_errors);
  if (!status) return status.error();
  return to_version(*status);
}

Result<OpenInput> open_input(std::string const& root, std::string const& key) {
  Fd const root_fd(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root_fd) {
    auto error = from_errno(errno, "open the source's folder", core::to_display(root), "is it mounted?");
    if (error.code != Errc::permission) error.code = Errc::unavailable;  // nothing below it is gone for that
    return error;
  }
  // O_NONBLOCK: a FIFO put in the file's place must not hang the worker.
  auto opened = open_beneath(root_fd.get(), key, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  if (!opened.fd) return failed(root_fd.get(), root, key, opened.error_number);
  auto const status = look(opened.fd.get(), root + "/" + key);
  if (!status) return status.error();
  if (!S_ISREG(status->stx_mode))
    return Error{Errc::invalid, "it is no regular file", core::to_display(root + "/" + key), {}};
  OpenInput input;
  input.fd = std::move(opened.fd);
  input.version = to_version(*status);
  input.uid = status->stx_uid;
  input.gid = status->stx_gid;
  input.mode = static_cast<mode_t>(status->stx_mode & 07777U);
  return input;
}

}  // namespace inputs
