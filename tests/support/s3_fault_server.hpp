#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "support/s3/service.hpp"

namespace support {

/// An S3 endpoint in memory that can be told to fail: what the tests of lib/s3 and of S3 sources run against.
///
/// Path style (`http://127.0.0.1:PORT/bucket/key`), or virtual hosts below Settings::domain. Offers ListBuckets,
/// CreateBucket, DeleteBucket, HeadBucket, GetBucketLocation, Get- and PutBucketVersioning, ListObjectsV2, ListObjects,
/// GetObject, HeadObject, PutObject (one part), CopyObject, DeleteObject; the rest is 501. Follows the S3 API reference
/// (2006-03-01); where Ceph RGW differs, tests/e2e/s3.py says how.
///
/// Runs on a thread of its own, so that a test may block (a foreign client, another loop). Its own calls are
/// thread-safe and return when the change is visible; only before() wants to be called before start().
///
/// The same by HTTP: POST /-/faults {"fault": "slow-down", "count": 3}, GET and DELETE /-/faults, GET /-/requests,
/// POST /-/reset (faults and the log, not the objects).
class S3FaultServer {
 public:
  using Settings = s3::Settings;

  explicit S3FaultServer(Settings settings = Settings());
  /// Stops it.
  ~S3FaultServer();
  S3FaultServer(S3FaultServer const&) = delete;
  S3FaultServer& operator=(S3FaultServer const&) = delete;

  /// Listens and serves. Throws core::Failure if the port is taken.
  void start();
  /// Ends every connection and joins the thread. What is stored stays, and so does the port for the next start().
  void stop();
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(port_); }

  void make_bucket(std::string const& name, s3::Versioning versioning = s3::Versioning::off);
  /// A bucket of `count` keys that are computed from the seed; replaces one of that name.
  void make_synthetic_bucket(std::string const& name, std::uint64_t count);
  void drop_bucket(std::string const& name);
  /// Makes the bucket if it is not there; gives the version id ("null" without versions).
  std::string put(std::string const& bucket, std::string const& key, std::string body, s3::PutOptions options = {});
  /// A delete marker, or a purge (see Bucket::remove).
  void remove(std::string const& bucket, std::string const& key, std::optional<std::string> const& version_id = {});

  void fault(s3::Fault fault);
  void fault(s3::FaultKind kind, std::optional<int> count = {}, double value = 0);
  void clear_faults();
  /// Forgets faults, counts and the log.
  void reset();
  /// Runs before each request is dealt with, on the server's thread; it may call everything here but start() and
  /// stop().
  void before(s3::Service::Hook hook) { before_ = std::move(hook); }

  /// How many requests of that operation came.
  [[nodiscard]] std::uint64_t count(std::string const& operation) const;
  [[nodiscard]] std::vector<s3::RequestRecord> requests() const;
  [[nodiscard]] std::size_t connections() const;
  [[nodiscard]] int most_at_once() const;

 private:
  struct Running;

  template <class Body>
  auto with_world(Body body) const {
    std::scoped_lock const lock(world_->mutex);
    return body(*world_);
  }

  std::unique_ptr<s3::World> world_;
  s3::Service::Hook before_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Running> running_;
};

}  // namespace support
