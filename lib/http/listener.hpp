#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "core/fd.hpp"
#include "core/result.hpp"

namespace http {

/// A listening socket, not yet served. A unix socket's file goes away with it, if it is still the same file.
class Listener {
 public:
  /// Binds with exactly `mode`. A socket file that nobody answers on is replaced; one that is answered, or a file that
  /// is no socket, is `conflict`. Other errors: permission, not_found (folder), invalid (path over 107 bytes).
  [[nodiscard]] static core::Result<Listener> unix_socket(std::string path, ::mode_t mode);
  /// `address` is numeric, "127.0.0.1" or "::1"; port 0 lets the kernel choose. Errors: conflict (port taken),
  /// permission, invalid.
  [[nodiscard]] static core::Result<Listener> tcp(std::string const& address, std::uint16_t port);

  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&&) = delete;
  ~Listener();

  /// AF_UNIX, AF_INET or AF_INET6.
  [[nodiscard]] int family() const noexcept { return family_; }
  /// The path, or "address:port" with the real port.
  [[nodiscard]] std::string const& name() const noexcept { return name_; }
  /// 0 for a unix socket.
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// Hands the descriptor over, e.g. to Asio; the file's removal stays here.
  [[nodiscard]] int release_fd() noexcept { return fd_.release(); }

 private:
  Listener() = default;
  void note_file();

  core::Fd fd_;
  std::string path_, name_;
  int family_ = 0;
  std::uint16_t port_ = 0;
  ::dev_t device_ = 0;
  ::ino_t inode_ = 0;
};

}  // namespace http
