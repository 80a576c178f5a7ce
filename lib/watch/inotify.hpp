#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstddef>
#include <memory>
#include <span>

#include "core/fd.hpp"
#include "core/result.hpp"

namespace watch {

namespace asio = boost::asio;
using asio::awaitable;

/// Owns one inotify descriptor. read() on the loop thread; add() and remove() are plain system calls for worker
/// threads.
class Inotify {
 public:
  /// Fails with Errc::unavailable and the sysctl line as hint when the user's instances are used up (EMFILE).
  [[nodiscard]] static core::Result<std::unique_ptr<Inotify>> open(asio::any_io_executor const& executor);

  Inotify(asio::any_io_executor const& executor, core::Fd fd);

  /// Watches the very directory that `directory_fd` has open (by /proc/self/fd, so no rename can slip in between).
  /// The wd, the same one again for a directory that is watched already, or -errno.
  [[nodiscard]] int add(int directory_fd) const noexcept;
  void remove(int wd) const noexcept;

  /// Waits for events; at least 4 KiB. Throws when cancelled.
  [[nodiscard]] awaitable<std::size_t> read(std::span<std::byte> buffer);
  /// What is there already; 0 for nothing.
  [[nodiscard]] std::size_t read_ready(std::span<std::byte> buffer);

 private:
  asio::posix::stream_descriptor stream_;
  int fd_;
};

}  // namespace watch
