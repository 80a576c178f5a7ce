#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "http/reply.hpp"
#include "support/s3/bucket.hpp"
#include "support/s3/call.hpp"
#include "support/s3/fault.hpp"
#include "support/s3/request_log.hpp"

namespace support::s3 {

/// Everything that a server knows; `mutex` guards the rest, and is never held across a wait.
struct World {
  explicit World(Settings with_settings);

  std::mutex mutex;
  Settings const settings;
  std::map<std::string, Bucket> buckets;
  FaultPlan faults;
  RequestLog log;
};

/// Answers requests. On one loop thread; `world` and the hook must outlive it.
class Service {
 public:
  /// Called on the loop thread, without the mutex, before a request is dealt with: where a test changes the world
  /// between two pages.
  using Hook = std::function<void(RequestRecord const&)>;

  Service(World& world, Hook const& before) : world_(world), before_(before) {}
  [[nodiscard]] http::awaitable<http::Reply> handle(http::RequestContext request);

 private:
  [[nodiscard]] http::awaitable<http::Reply> serve(Call& call, Hits const& hits);
  [[nodiscard]] http::awaitable<void> wait_as_told(Hits const& hits);
  [[nodiscard]] http::Reply answer(Call& call, Hits const& hits);

  World& world_;
  Hook const& before_;
};

/// The right answer, or the one that a fault puts in its place. The caller holds the mutex.
[[nodiscard]] http::Reply answer_bucket(World& world, Call& call, Hits const& hits);
[[nodiscard]] std::optional<http::Reply> answer_instead(Call const& call, Hits const& hits);

/// "/-/faults", "/-/reset", "/-/requests". Takes the mutex.
[[nodiscard]] http::Reply answer_admin(World& world, http::RequestContext const& request);

}  // namespace support::s3
