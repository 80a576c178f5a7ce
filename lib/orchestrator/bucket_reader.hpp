#pragma once

#include <boost/asio/awaitable.hpp>

#include "s3/client.hpp"
#include "watch/bucket.hpp"

namespace orchestrator {

using boost::asio::awaitable;

/// What a source sees of a bucket, over the S3 client. Loop thread only.
class BucketReader final : public watch::Bucket {
 public:
  /// `client` outlives it.
  explicit BucketReader(s3::Client& client) : client_(client) {}

  awaitable<core::Result<watch::ListedPage>> list(watch::ListRequest request) override;
  awaitable<core::Result<domain::Version>> head(std::string key) override;
  [[nodiscard]] watch::BucketUsage usage() const override;

 private:
  s3::Client& client_;
  s3::Usage bill_;
};

}  // namespace orchestrator
