#include "watch/inotify.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstdio>

namespace watch {

namespace {

// MODIFY costs a quarter more events, but truncate(2) and mmap writers show by nothing else.
constexpr std::uint32_t directory_mask = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE |
                                         IN_MODIFY | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR |
                                         IN_EXCL_UNLINK;

}  // namespace

core::Result<std::unique_ptr<Inotify>> Inotify::open(asio::any_io_executor const& executor) {
  core::Fd fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!fd)
    return core::from_errno(
        errno, "inotify_init1", "inotify",
        "all inotify instances of this user are in use: sysctl -w fs.inotify.max_user_instances=1024");
  return std::make_unique<Inotify>(executor, std::move(fd));
}

Inotify::Inotify(asio::any_io_executor const& executor, core::Fd fd) : stream_(executor), fd_(fd.get()) {
  stream_.assign(fd.release());
}

int Inotify::add(int directory_fd) const noexcept {
  // The magic link is the one link to follow, hence no IN_DONT_FOLLOW; the caller opened the directory without
  // following any.
  char path[32];
  std::snprintf(path, sizeof path, "/proc/self/fd/%d", directory_fd);
  int const wd = ::inotify_add_watch(fd_, path, directory_mask);
  return wd >= 0 ? wd : -errno;
}

void Inotify::remove(int wd) const noexcept {
  ::inotify_rm_watch(fd_, wd);
}

awaitable<std::size_t> Inotify::read(std::span<std::byte> buffer) {
  auto const target = asio::buffer(buffer.data(), buffer.size());
  co_return co_await stream_.async_read_some(target, asio::use_awaitable);
}

std::size_t Inotify::read_ready(std::span<std::byte> buffer) {
  auto const got = ::read(fd_, buffer.data(), buffer.size());
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

}  // namespace watch
