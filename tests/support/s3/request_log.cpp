#include "support/s3/request_log.hpp"

#include <algorithm>
#include <chrono>

namespace support::s3 {

std::uint64_t RequestLog::begin(Call const& call, Hits const& hits) {
  RequestRecord record;
  record.number = ++number_;
  auto const since_boot = std::chrono::steady_clock::now().time_since_epoch();
  record.at_ms = std::chrono::duration_cast<std::chrono::milliseconds>(since_boot).count();
  record.operation = call.operation;
  record.method = call.request.method;
  record.target = call.request.target;
  record.bucket = call.bucket;
  record.key = call.key;
  for (auto const& fault : hits.all()) record.faults.emplace_back(to_string(fault.kind));
  if (auto const signer = Signer::of(call.request)) {
    record.access_key = signer->access_key;
    record.region = signer->region;
  }
  for (auto const& field : call.request.headers)
    if (!http::same_name(field.name, "Authorization") && !http::same_name(field.name, "x-amz-security-token"))
      record.headers.emplace_back(field.name, field.value);
  ++counts_[call.operation];
  remotes_.insert(call.request.remote);
  most_at_once_ = std::max(most_at_once_, ++at_once_);
  last_.push_back(std::move(record));
  if (last_.size() > size_) last_.pop_front();
  return number_;
}

void RequestLog::end(std::uint64_t number, int status) {
  --at_once_;
  ++statuses_[status];
  auto const found = std::ranges::find(last_, number, &RequestRecord::number);
  if (found != last_.end()) found->status = status;
}

void RequestLog::clear() {
  counts_.clear();
  statuses_.clear();
  last_.clear();
  remotes_.clear();
  most_at_once_ = at_once_;
}

}  // namespace support::s3
