#include "network.hpp"

#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include "orchestrator/secret_file.hpp"

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

namespace {

core::Result<http::TlsFiles> engine_files(config::RemoteEngine const& engine) {
  auto const ca = orchestrator::path_of_secret(engine.ca, "engine.tls.ca");
  if (!ca) return ca.error();
  auto const cert = orchestrator::path_of_secret(engine.cert, "engine.tls.cert");
  if (!cert) return cert.error();
  auto const key = orchestrator::path_of_secret(engine.key, "engine.tls.key");
  if (!key) return key.error();
  return http::TlsFiles(*ca, *cert, *key);
}

}  // namespace

core::Result<std::unique_ptr<docker::EngineClient>> connect_engine(config::DaemonConfig const& config) {
  if (!config.remote_engine)
    return std::make_unique<docker::EngineClient>(http::Endpoint::unix_socket(config.engine_socket),
                                                  config.pull_silence);
  auto const& engine = *config.remote_engine;
  auto files = engine_files(engine);
  if (!files) return files.error();
  return std::make_unique<docker::EngineClient>(http::Endpoint::tls(engine.host, engine.port), config.pull_silence,
                                                std::move(*files));
}

core::Result<void> check_engine(config::DaemonConfig const& config) {
  if (!config.remote_engine) return {};
  auto files = engine_files(*config.remote_engine);
  if (!files) return files.error();
  auto const trust = files->trust();
  if (!trust) return trust.error();
  return {};
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
