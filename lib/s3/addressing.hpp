#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "http/endpoint.hpp"

namespace s3 {

/// Where the bucket's name stands (docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html).
enum class Addressing : std::uint8_t {
  path,          ///< https://host/bucket/key
  virtual_host,  ///< https://bucket.host/key
};

/// A bucket at a server: what to connect to, and how a key's path begins.
struct BucketAddress {
  http::Endpoint endpoint;
  std::string base;  ///< "/bucket/" or "/", bytes

  /// Bytes, not encoded; a key's own leading '/' stays, so "//" is right.
  [[nodiscard]] std::string path_of(std::string_view key) const { return base + std::string(key); }
};

/// virtual_host falls back to path where a host name cannot carry the bucket: an address in place of a name, a dot in
/// the bucket under TLS (the wildcard certificate covers one label), or capital letters and underscores of old buckets.
/// Errors: invalid for a bucket that is empty or has '/', for a unix socket.
[[nodiscard]] core::Result<BucketAddress> address_of(http::Endpoint const& endpoint, std::string_view bucket,
                                                     Addressing addressing);

/// AWS serves a bucket only at its own region's endpoint: "s3.us-east-1.amazonaws.com" -> "s3.eu-west-1.amazonaws.com".
/// nullopt for an endpoint that is not AWS's (one host serves all regions there), and for a `region` that is no region
/// name; so the host that requests are sent to never leaves the domain that the operator wrote.
[[nodiscard]] std::optional<http::Endpoint> endpoint_in_region(http::Endpoint const& endpoint, std::string_view region);

}  // namespace s3
