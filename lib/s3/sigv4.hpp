#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/time.hpp"
#include "http/headers.hpp"
#include "s3/secret.hpp"

namespace s3 {

/// Names and values as bytes, not encoded. The order does not matter; the same name may come twice.
using QueryPairs = std::vector<std::pair<std::string, std::string>>;

/// The hash that stands for a body which is not signed (AWS: "UNSIGNED-PAYLOAD").
inline constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";
/// SHA-256 of nothing: what every request without a body declares.
inline constexpr std::string_view empty_payload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// A request as it is signed. Nothing in it is encoded yet.
struct SigningRequest {
  std::string method;     ///< "GET"
  std::string host;       ///< as the Host header will say it: "bucket.s3.example", "[::1]:7480"
  std::string path;       ///< bytes, "/bucket/key"; "//", "." and ".." stay as they are
  QueryPairs query;       ///< bytes
  http::Headers headers;  ///< every one of them is signed; without Host
  std::string payload_hash = std::string(empty_payload);  ///< lower-case hex SHA-256 of the body, or unsigned_payload
};

/// Where and when a signature is good.
struct SigningScope {
  std::string region;
  core::Wall at;  ///< within 15 minutes of the server's clock
  std::string service = "s3";
};

/// What goes on the wire, byte for byte as it was signed.
struct SignedRequest {
  std::string target;     ///< path and query, each byte percent-encoded once
  http::Headers headers;  ///< those given, X-Amz-Date, X-Amz-Content-Sha256, X-Amz-Security-Token, Authorization
};

/// Signs with AWS Signature Version 4 in a header, as S3 wants it: the path is encoded once and never normalised.
/// Pure; about 15 us. Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html.
[[nodiscard]] SignedRequest sign(SigningRequest const& request, Credentials const& credentials,
                                 SigningScope const& scope);

/// The same with the signature in the query, so that whoever has the target needs no credentials for `valid_for` (at
/// most 7 days, and not longer than session credentials live). The payload is not signed. Returns path and query.
/// Whoever holds the target may do what it says: treat it as a secret.
[[nodiscard]] Secret presign(SigningRequest const& request, Credentials const& credentials, SigningScope const& scope,
                             std::chrono::seconds valid_for);

}  // namespace s3
