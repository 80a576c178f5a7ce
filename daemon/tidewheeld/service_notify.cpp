#include "service_notify.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "core/fd.hpp"

namespace tidewheeld {

void notify_service_manager(std::string_view state) noexcept {
  char const* const path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path == nullptr || std::strlen(path) < 2 || std::strlen(path) >= sizeof address.sun_path) return;
  auto const length = std::strlen(path);
  std::memcpy(address.sun_path, path, length);
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // abstract namespace
  core::Fd const socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return;
  auto const size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  (void)::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<sockaddr const*>(&address),
                 size);
}

std::optional<std::chrono::milliseconds> watchdog_interval() noexcept {
  char const* const usec = std::getenv("WATCHDOG_USEC");
  char const* const pid = std::getenv("WATCHDOG_PID");
  if (usec == nullptr || (pid != nullptr && std::atoll(pid) != ::getpid())) return std::nullopt;
  auto const interval = std::chrono::milliseconds(std::atoll(usec) / 2000);
  return interval.count() > 0 ? std::optional(interval) : std::nullopt;
}

}  // namespace tidewheeld
