#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "aio/worker.hpp"
#include "config/s3_connection.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "s3/client.hpp"

namespace orchestrator {

/// The S3 clients of this daemon: one for each bucket of each connection, made when it is first asked for and kept, so
/// that what it learnt (region, clock, connections) is shared; one credential chain for each connection. Loop thread
/// only; outlives everything that uses a client.
class Buckets {
 public:
  /// Reads the CA files: before the loop runs. One that cannot be read is told by client().
  Buckets(boost::asio::any_io_executor executor, config::S3Connections const& connections, core::Clock const& clock,
          aio::Worker& pool);

  /// Errors: invalid when there is no such connection, or for what the client does not take. Never not_found, which
  /// would be said of an object.
  [[nodiscard]] core::Result<s3::Client*> client(std::string const& connection, std::string const& bucket);

 private:
  /// What all buckets of one connection share.
  struct Connection {
    config::S3Connection const* settings = nullptr;
    core::Result<std::optional<http::TlsTrust>> trust;  ///< nullopt: without TLS
    std::unique_ptr<s3::CredentialProvider> credentials;
    std::unique_ptr<s3::Pacer> pacer;
  };
  [[nodiscard]] core::Result<std::unique_ptr<s3::Client>> make(Connection& connection, std::string const& bucket);

  core::Clock const& clock_;
  std::map<std::string, Connection> connections_;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<s3::Client>> clients_;  ///< connection, bucket
};

}  // namespace orchestrator
