#include "archive/place.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "core/utf8.hpp"

namespace archive {

namespace {

using core::Errc;
using core::Error;
using core::Fd;
using core::from_errno;
using core::Result;

/// Above it one syncfs is cheaper than an fsync for each file.
constexpr std::size_t few_files = 32;

std::string_view next_segment(std::string_view& path) {
  auto const end = path.find('/');
  auto const segment = path.substr(0, end);
  path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
  return segment;
}

Error failure(char const* call, std::string_view path) {
  int const error_number = errno;
  auto error = from_errno(error_number, call, core::to_display(path));
  // O_NOFOLLOW on a link is ELOOP, O_DIRECTORY on a file ENOTDIR: the name is taken by something else.
  if (error_number == ELOOP || error_number == ENOTDIR || error_number == EISDIR) error.code = Errc::conflict;
  return error;
}

}  // namespace

char const* unsafe(std::string_view path, std::size_t max_size, std::size_t max_depth) noexcept {
  if (path.empty()) return "its name is empty";
  if (path.front() == '/') return "its name is absolute";
  if (path.size() > max_size) return "its name is too long";
  if (static_cast<std::size_t>(std::ranges::count(path, '/')) >= max_depth) return "it lies too deep";
  if (path.back() == '/') return "its name has an empty part";
  while (!path.empty()) {
    auto const segment = next_segment(path);
    if (segment.empty()) return "its name has an empty part";
    if (segment == "." || segment == "..") return "its name has a . or .. in it";
    if (segment.size() > 255) return "its name is too long";
    if (segment.find('\0') != std::string_view::npos) return "its name has a NUL in it";
  }
  return nullptr;
}

Place::Place(int destination) : root_(::fcntl(destination, F_DUPFD_CLOEXEC, 0)) {
  if (!root_) throw core::Failure(failure("dup", "unpack destination"));
  folders_.emplace_back();
}

Result<Fd> Place::open_folder(std::string_view path) {
  Fd current(::fcntl(root_.get(), F_DUPFD_CLOEXEC, 0));
  if (!current) return failure("dup", path);
  auto rest = path;
  while (!rest.empty()) {
    std::string const segment(next_segment(rest));
    bool const made = ::mkdirat(current.get(), segment.c_str(), 0755) == 0;
    if (!made && errno != EEXIST) return failure("mkdir", path);
    Fd next(::openat(current.get(), segment.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next) return failure("open", path);
    if (made) {
      if (::fchmod(next.get(), 0755) != 0) return failure("chmod", path);  // whatever the umask
      folders_.emplace_back(path.substr(0, path.size() - rest.size()));
    }
    current = std::move(next);
  }
  return current;
}

Result<Fd> Place::make_file(std::string_view path) {
  auto const slash = path.rfind('/');
  auto const parent = open_folder(slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash));
  if (!parent) return parent.error();
  std::string const name(slash == std::string_view::npos ? path : path.substr(slash + 1));
  Fd file(::openat(parent->get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!file) return failure("create", path);
  if (::fchmod(file.get(), 0644) != 0) return failure("chmod", path);
  ++files_;
  return file;
}

Result<void> Place::make_folder(std::string_view path) {
  if (auto folder = open_folder(path); !folder) return folder.error();
  return {};
}

Result<void> Place::file_done(int fd, std::string_view path) {
  if (files_ <= few_files && ::fsync(fd) != 0) return failure("fsync", path);
  return {};
}

Result<void> Place::make_durable() {
  if (files_ > few_files || folders_.size() > few_files) {
    if (::syncfs(root_.get()) != 0) return failure("syncfs", "unpack destination");
    return {};
  }
  for (auto const& path : folders_) {
    auto const folder = open_folder(path.ends_with('/') ? std::string_view(path).substr(0, path.size() - 1) : path);
    if (!folder) return folder.error();
    if (::fsync(folder->get()) != 0) return failure("fsync", path);
  }
  return {};
}

}  // namespace archive
