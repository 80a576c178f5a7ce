#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/reply.hpp"

namespace support::s3 {

/// What a server of this kind is like.
struct Settings {
  std::uint16_t port = 0;  ///< on 127.0.0.1; 0: the kernel chooses
  std::string region = "us-east-1";
  std::string access_key = "AKIDTEST";
  std::string domain;  ///< "s3.test": a Host of "bucket.s3.test" is taken for virtual-host addressing
  /// Requests must carry a SigV4 signature of the right form, by `access_key` (and `session_token`, if there is one).
  /// The signature itself is not computed.
  bool check_access = false;
  std::string session_token;
  std::vector<std::string> expired_tokens;
  /// Listings as Ceph RGW 16.2 writes them: with encoding-type=url a blank in a key is %20 and '/' is %2F, Prefix,
  /// Delimiter, StartAfter and markers are echoed as they are, and the continuation token is the bare last key.
  bool like_rgw = false;
  std::uint32_t latency_ms = 0;      ///< before each answer
  std::uint64_t seed = 1;            ///< of probabilities and of synthetic keys
  std::size_t log_size = 1000;       ///< requests that are remembered
  std::uint64_t synthetic = 0;       ///< keys of the bucket below
  std::string bucket = "synthetic";  ///< made at the start if `synthetic` is not 0
};

/// One request in the words of S3.
struct Call {
  std::string operation;  ///< "ListObjectsV2", "GetObject", ...; "NotImplemented" for what is not offered
  std::string bucket, key;
  std::optional<std::string> version_id;
  http::RequestContext request;

  Call() = default;
  Call(http::RequestContext with_request, std::string_view domain);
};

/// Who signed a request, by its Authorization header or (presigned) its query. No secret is in it.
struct Signer {
  std::string access_key, region, token;
  std::optional<std::int64_t> signed_at_ms;  ///< x-amz-date

  /// nullopt: there is no signature, or it has not the form of SigV4 with the headers that S3 wants signed.
  [[nodiscard]] static std::optional<Signer> of(http::RequestContext const& request);
};

/// An error in XML (API reference, "Error responses"). `more` is XML for inside of <Error>.
[[nodiscard]] http::Reply error_reply(int status, std::string_view code, std::string_view message, Call const& call,
                                      std::string_view more = {});
[[nodiscard]] http::Reply xml_reply(std::string body);
/// The answer to a request that may not come in; nullopt if it may.
[[nodiscard]] std::optional<http::Reply> refuse(Settings const& settings, Call const& call);

}  // namespace support::s3
