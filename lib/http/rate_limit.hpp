#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <unordered_map>

#include "core/time.hpp"

namespace http {

/// Token buckets, one a caller: `burst` at once, and `per_second` from then on. Pure; its table is bounded: callers
/// whose bucket is full again are forgotten, and those for whom there is no room share one bucket.
class RateLimit {
 public:
  struct Rule {
    double per_second = 100;
    double burst = 1000;
    std::size_t callers = 4096;  ///< remembered at one time
  };
  explicit RateLimit(Rule rule) : rule_(rule) {}

  /// Takes one for `caller`: zero; or nothing: how long until there is one again.
  [[nodiscard]] std::chrono::milliseconds take(std::string const& caller, core::Steady now);
  [[nodiscard]] std::size_t callers() const noexcept { return buckets_.size(); }

 private:
  struct Bucket {
    double left = 0;
    core::Steady since;  ///< when `left` was right
  };
  [[nodiscard]] double left(Bucket const& bucket, core::Steady now) const;
  [[nodiscard]] Bucket& bucket_of(std::string const& caller, core::Steady now);

  Rule rule_;
  std::unordered_map<std::string, Bucket> buckets_;
  core::Steady swept_ = core::Steady::min();
};

}  // namespace http
