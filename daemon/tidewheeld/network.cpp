#include "network.hpp"

#include <spdlog/spdlog.h>
#include <sys/resource.h>

namespace tidewheeld {

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);  // never fails up to the hard limit; if so, accept() says when they are out
}

core::Result<std::shared_ptr<http::TlsIdentity>> load_identity(config::DaemonConfig const& config) {
  if (!config.api.tls) return std::shared_ptr<http::TlsIdentity>();
  return http::TlsIdentity::load(config.api.tls->cert, config.api.tls->key);
}

http::ServerLimits server_limits(config::DaemonConfig const& config) {
  http::ServerLimits limits;
  limits.crowded = config.api.trusted_proxies;
  return limits;
}

void add_listeners(http::Server& server, config::DaemonConfig const& config,
                   std::shared_ptr<http::TlsIdentity> const& identity) {
  // Anyone may connect; who may do what is decided by the peer's user and groups.
  auto socket = http::Listener::unix_socket(config.api.socket, 0666);
  if (!socket) throw core::Failure(socket.error());
  server.add(std::move(*socket));
  for (auto const& at : config.api.listen) {
    auto listener = http::Listener::tcp(at.address, at.port);
    if (!listener) throw core::Failure(listener.error());
    server.add(std::move(*listener), identity);
    spdlog::info("listening on {}://{}", identity ? "https" : "http", at.to_string());
  }
}

}  // namespace tidewheeld
