#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/time.hpp"
#include "http/headers.hpp"

namespace s3 {

/// What went wrong with a request, as far as somebody decides differently on it.
enum class FailureKind : std::uint8_t {
  no_such_key,          ///< proven: the bucket is there and the key (or version) is not
  no_such_bucket,       ///< wrong name, or the bucket was deleted
  not_found,            ///< 404 without a word: key or bucket, a HEAD does not say
  access_denied,        ///< the credentials are good and may not do this
  wrong_credentials,    ///< unknown key id or wrong secret
  expired_credentials,  ///< a session token past its time
  wrong_region,         ///< signed for a region that the bucket is not in
  clock_skew,           ///< our clock and the server's are more than 15 minutes apart
  slow_down,            ///< asked to send less (503 SlowDown, 429)
  server_error,         ///< 500, 502, 503, 504: may pass
  changed,              ///< 412: the object is not the one that was asked for
  bad_range,            ///< 416
  unreachable,          ///< no connection, or it broke
  timeout,              ///< no answer in time
  refused,              ///< any other 4xx: trying again changes nothing
  protocol,             ///< an answer that no S3 server may give
};

[[nodiscard]] std::string_view to_string(FailureKind kind) noexcept;

/// One failed exchange, with what the answer told for the next try.
struct Failure {
  FailureKind kind = FailureKind::protocol;
  int status = 0;                                        ///< 0: there was no answer
  std::string code;                                      ///< S3's own word: "SlowDown"
  std::string message;                                   ///< S3's sentence, or the connection's error
  std::string hint;                                      ///< of the connection's error
  std::string region;                                    ///< where the bucket is, if the answer says so
  std::optional<core::Wall> server_time;                 ///< of the Date header
  std::optional<std::chrono::milliseconds> retry_after;  ///< of the Retry-After header
};

/// Reads an answer with an error status, or a 200 whose body is an <Error> (S3 does that). Pure. Body: at most 64 KiB
/// are looked at; what is not XML (a proxy's page) leaves the status to decide.
[[nodiscard]] Failure read_failure(int status, http::Headers const& headers, std::string_view body, core::Wall now);

/// An error of the connection itself.
[[nodiscard]] Failure connection_failure(core::Error const& error);

/// Where a failure happened, for its message.
struct FailureSite {
  std::string operation;  ///< "list objects"
  std::string subject;    ///< "s3://bucket/prefix"
  std::string bucket, region, endpoint;
};

/// The failure for a person, with what to do. `not_found` is given to no_such_key alone: whoever takes that code for an
/// absent object must be right. Errc: permission (access, credentials), invalid (bucket, region, clock, refused),
/// conflict (changed), unavailable (slow_down, server_error, unreachable), timeout, protocol.
[[nodiscard]] core::Error to_error(Failure const& failure, FailureSite const& site);

}  // namespace s3
