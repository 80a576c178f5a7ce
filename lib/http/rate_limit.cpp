#include "http/rate_limit.hpp"

#include <algorithm>
#include <cmath>

namespace http {

namespace {

constexpr auto sweep_pause = std::chrono::seconds(1);
constexpr double rounding = 1e-6;  ///< milliseconds: less is an error of the arithmetic, not a time to wait

}  // namespace

double RateLimit::left(Bucket const& bucket, core::Steady now) const {
  std::chrono::duration<double> const passed = now - bucket.since;
  return std::min(rule_.burst, bucket.left + passed.count() * rule_.per_second);
}

RateLimit::Bucket& RateLimit::bucket_of(std::string const& caller, core::Steady now) {
  if (auto const known = buckets_.find(caller); known != buckets_.end()) return known->second;
  if (buckets_.size() >= rule_.callers && (swept_ == core::Steady::min() || now - swept_ >= sweep_pause)) {
    swept_ = now;
    std::erase_if(buckets_, [&](auto const& entry) { return left(entry.second, now) >= rule_.burst; });
  }
  auto const& name = buckets_.size() < rule_.callers ? caller : std::string();
  return buckets_.try_emplace(name, Bucket{rule_.burst, now}).first->second;
}

std::chrono::milliseconds RateLimit::take(std::string const& caller, core::Steady now) {
  auto& bucket = bucket_of(caller, now);
  bucket.left = left(bucket, now);
  bucket.since = now;
  if (bucket.left >= 1) {
    bucket.left -= 1;
    return std::chrono::milliseconds(0);
  }
  auto const wait = (1 - bucket.left) / rule_.per_second * 1000;
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(wait - rounding)));
}

}  // namespace http
