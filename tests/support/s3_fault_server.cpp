#include "support/s3_fault_server.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <thread>
#include <utility>

#include "http/server.hpp"

namespace support {

namespace asio = boost::asio;

namespace {

http::ServerLimits limits() {
  http::ServerLimits limits;
  limits.connections = 1024;
  limits.header_size = 64U << 10U;
  limits.body_size = 256U << 20U;
  limits.idle = std::chrono::minutes(10);
  limits.write = std::chrono::minutes(10);
  limits.drain = std::chrono::milliseconds(50);  // what stalls or is held never ends by itself
  return limits;
}

}  // namespace

/// The thread and what lives on it.
struct S3FaultServer::Running {
  Running(s3::World& world, s3::Service::Hook const& before, http::Listener listener)
      : service(world, before),
        server(
            io.get_executor(), [this](http::RequestContext request) { return service.handle(std::move(request)); },
            nullptr, limits()) {
    server.add(std::move(listener));
    asio::co_spawn(
        io, [this] { return server.run(); }, asio::bind_cancellation_slot(cancel.slot(), [](std::exception_ptr) {}));
    thread = std::thread([this] { io.run(); });
  }
  ~Running() {
    asio::post(io, [this] { cancel.emit(asio::cancellation_type::terminal); });
    thread.join();
  }
  Running(Running const&) = delete;
  Running& operator=(Running const&) = delete;

  asio::io_context io{1};
  asio::cancellation_signal cancel;
  s3::Service service;
  http::Server server;
  std::thread thread;
};

S3FaultServer::S3FaultServer(Settings settings)
    : world_(std::make_unique<s3::World>(std::move(settings))), port_(world_->settings.port) {}

S3FaultServer::~S3FaultServer() {
  stop();
}

void S3FaultServer::start() {
  auto listener = http::Listener::tcp("127.0.0.1", port_).value();
  port_ = listener.port();
  running_ = std::make_unique<Running>(*world_, before_, std::move(listener));
}

void S3FaultServer::stop() {
  running_.reset();
}

void S3FaultServer::make_bucket(std::string const& name, s3::Versioning versioning) {
  with_world([&](s3::World& world) { world.buckets[name].set_versioning(versioning); });
}

void S3FaultServer::make_synthetic_bucket(std::string const& name, std::uint64_t count) {
  with_world([&](s3::World& world) {
    world.buckets.insert_or_assign(name, s3::Bucket(s3::Keyspace(count, world.settings.seed)));
  });
}

void S3FaultServer::drop_bucket(std::string const& name) {
  with_world([&](s3::World& world) { world.buckets.erase(name); });
}

std::string S3FaultServer::put(std::string const& bucket, std::string const& key, std::string body,
                               s3::PutOptions options) {
  return with_world(
      [&](s3::World& world) { return world.buckets[bucket].put(key, std::move(body), std::move(options)).id; });
}

void S3FaultServer::remove(std::string const& bucket, std::string const& key,
                           std::optional<std::string> const& version_id) {
  with_world([&](s3::World& world) { (void)world.buckets[bucket].remove(key, version_id); });
}

void S3FaultServer::fault(s3::Fault fault) {
  with_world([&](s3::World& world) { world.faults.add(std::move(fault)); });
}

void S3FaultServer::fault(s3::FaultKind kind, std::optional<int> count, double value) {
  s3::Fault wanted;
  wanted.kind = kind;
  wanted.count = count;
  wanted.value = value;
  fault(std::move(wanted));
}

void S3FaultServer::clear_faults() {
  with_world([](s3::World& world) { world.faults.clear(); });
}

void S3FaultServer::reset() {
  with_world([](s3::World& world) {
    world.faults.clear();
    world.log.clear();
  });
}

std::uint64_t S3FaultServer::count(std::string const& operation) const {
  return with_world([&](s3::World const& world) {
    auto const found = world.log.counts().find(operation);
    return found == world.log.counts().end() ? std::uint64_t{0} : found->second;
  });
}

std::vector<s3::RequestRecord> S3FaultServer::requests() const {
  return with_world([](s3::World const& world) {
    return std::vector<s3::RequestRecord>(world.log.last().begin(), world.log.last().end());
  });
}

std::size_t S3FaultServer::connections() const {
  return with_world([](s3::World const& world) { return world.log.connections(); });
}

int S3FaultServer::most_at_once() const {
  return with_world([](s3::World const& world) { return world.log.most_at_once(); });
}

}  // namespace support
