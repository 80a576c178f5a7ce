#include "http/peer_process.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>

#include "core/fd.hpp"

namespace http {

std::optional<pid_t> peer_process(Endpoint const& endpoint) {
  sockaddr_un address{};
  if (!endpoint.is_unix() || endpoint.path().size() >= sizeof address.sun_path) return std::nullopt;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, endpoint.path().data(), endpoint.path().size());
  core::Fd const fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd || ::connect(fd.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0) return std::nullopt;
  ucred peer{};
  ::socklen_t size = sizeof peer;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
  return peer.pid;
}

}  // namespace http
