#include "http/listener.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

namespace http {

using core::Errc;
using core::Error;
using core::Result;
using tcp = boost::asio::ip::tcp;

namespace {

constexpr int socket_flags = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;

sockaddr_un to_address(std::string const& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

int bind_to(core::Fd const& fd, sockaddr_un const& address) {
  return ::bind(fd.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0 ? 0 : errno;
}

/// Removes what is in the way if it is the socket of a process that is gone.
Result<void> clear_stale(std::string const& path, sockaddr_un const& address) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return core::from_errno(errno, "lstat", path);
  if (!S_ISSOCK(found.st_mode))
    return Error{Errc::conflict, "bind: a file that is not a socket is in the way", path, "move it away"};
  core::Fd const probe(::socket(AF_UNIX, socket_flags, 0));
  if (!probe) return core::from_errno(errno, "socket", path);
  if (::connect(probe.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0 || errno == EAGAIN)
    return Error{Errc::conflict, "bind: another process answers there", path, "stop it, or choose another socket"};
  if (errno != ECONNREFUSED) return core::from_errno(errno, "connect", path);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return core::from_errno(errno, "unlink", path);
  return {};
}

Error bind_error(int error_number, std::string const& name) {
  Error error = core::from_errno(error_number, "bind", name);
  if (error_number != EADDRINUSE) return error;
  error.code = Errc::conflict;
  error.hint = "stop what listens there, or choose another port";
  return error;
}

}  // namespace

Listener::Listener(Listener&& other) noexcept
    : fd_(std::move(other.fd_)),
      path_(std::exchange(other.path_, {})),
      name_(std::move(other.name_)),
      family_(other.family_),
      port_(other.port_),
      device_(other.device_),
      inode_(other.inode_) {}

Listener::~Listener() {
  if (path_.empty()) return;
  struct stat found {};
  bool const is_ours = ::lstat(path_.c_str(), &found) == 0 && found.st_dev == device_ && found.st_ino == inode_;
  if (is_ours) (void)::unlink(path_.c_str());
}

void Listener::note_file() {
  struct stat found {};
  if (::lstat(path_.c_str(), &found) != 0) return;
  device_ = found.st_dev;
  inode_ = found.st_ino;
}

Result<Listener> Listener::unix_socket(std::string path, ::mode_t mode) {
  if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path))
    return Error{Errc::invalid, "bind: a socket path has 1 to 107 bytes", path, "choose a shorter path"};
  auto const address = to_address(path);
  core::Fd fd(::socket(AF_UNIX, socket_flags, 0));
  if (!fd) return core::from_errno(errno, "socket", path);
  // bind(2) gives the file the mode of the descriptor less the umask: so it is never wider than asked, not for a
  // moment.
  if (::fchmod(fd.get(), mode) != 0) return core::from_errno(errno, "fchmod", path);
  int failure = bind_to(fd, address);
  if (failure == EADDRINUSE) {
    auto const cleared = clear_stale(path, address);
    if (!cleared) return cleared.error();
    failure = bind_to(fd, address);
  }
  if (failure != 0) return bind_error(failure, path);
  Listener listener;
  listener.path_ = path;
  listener.name_ = path;
  listener.family_ = AF_UNIX;
  listener.note_file();
  if (::chmod(path.c_str(), mode) != 0) return core::from_errno(errno, "chmod", path);
  if (::listen(fd.get(), SOMAXCONN) != 0) return core::from_errno(errno, "listen", path);
  listener.fd_ = std::move(fd);
  return listener;
}

Result<Listener> Listener::tcp(std::string const& address, std::uint16_t port) {
  std::string const host = address.find(':') == address.npos ? address : "[" + address + "]";
  std::string const wanted = host + ":" + std::to_string(port);
  boost::system::error_code error;
  auto const ip = boost::asio::ip::make_address(address, error);
  if (error) return Error{Errc::invalid, "bind: not a numeric address", wanted, "write 127.0.0.1:7420"};
  http::tcp::endpoint endpoint(ip, port);
  core::Fd fd(::socket(endpoint.protocol().family(), socket_flags, 0));
  if (!fd) return core::from_errno(errno, "socket", wanted);
  int const on = 1;
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
    return core::from_errno(errno, "setsockopt", wanted);
  if (::bind(fd.get(), endpoint.data(), static_cast<::socklen_t>(endpoint.size())) != 0)
    return bind_error(errno, wanted);
  if (::listen(fd.get(), SOMAXCONN) != 0) return bind_error(errno, wanted);
  auto length = static_cast<::socklen_t>(endpoint.capacity());
  if (::getsockname(fd.get(), endpoint.data(), &length) != 0) return core::from_errno(errno, "getsockname", wanted);
  Listener listener;
  listener.port_ = endpoint.port();
  listener.family_ = endpoint.protocol().family();
  listener.name_ = host + ":" + std::to_string(listener.port_);
  listener.fd_ = std::move(fd);
  return listener;
}

}  // namespace http
