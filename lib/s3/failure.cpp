#include "s3/failure.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <pugixml.hpp>

#include "core/utf8.hpp"
#include "http/date.hpp"
#include "s3/detail/xml.hpp"

namespace s3 {

using core::Errc;
using core::Error;

std::string_view to_string(FailureKind kind) noexcept {
  constexpr std::array<std::string_view, 16> names = {
      "no_such_key",  "no_such_bucket", "not_found", "access_denied", "wrong_credentials", "expired_credentials",
      "wrong_region", "clock_skew",     "slow_down", "server_error",  "changed",           "bad_range",
      "unreachable",  "timeout",        "refused",   "protocol"};
  return names.at(static_cast<std::size_t>(kind));
}

namespace {

struct Word {
  std::string_view code;
  FailureKind kind;
};

/// docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, and what Ceph RGW and MinIO say for the same.
constexpr std::array words = {
    Word{"NoSuchKey", FailureKind::no_such_key},
    Word{"NoSuchVersion", FailureKind::no_such_key},
    Word{"NoSuchBucket", FailureKind::no_such_bucket},
    Word{"InvalidBucketName", FailureKind::no_such_bucket},
    Word{"AccessDenied", FailureKind::access_denied},
    Word{"AllAccessDisabled", FailureKind::access_denied},
    Word{"AccountProblem", FailureKind::access_denied},
    Word{"InvalidObjectState", FailureKind::access_denied},
    Word{"InvalidAccessKeyId", FailureKind::wrong_credentials},
    Word{"SignatureDoesNotMatch", FailureKind::wrong_credentials},
    Word{"NotSignedUp", FailureKind::wrong_credentials},
    Word{"InvalidToken", FailureKind::wrong_credentials},
    Word{"ExpiredToken", FailureKind::expired_credentials},
    Word{"ExpiredTokenException", FailureKind::expired_credentials},
    Word{"TokenRefreshRequired", FailureKind::expired_credentials},
    Word{"PermanentRedirect", FailureKind::wrong_region},
    Word{"TemporaryRedirect", FailureKind::wrong_region},
    Word{"AuthorizationHeaderMalformed", FailureKind::wrong_region},
    Word{"AuthorizationQueryParametersError", FailureKind::wrong_region},
    Word{"IllegalLocationConstraintException", FailureKind::wrong_region},
    Word{"RequestTimeTooSkewed", FailureKind::clock_skew},
    Word{"SlowDown", FailureKind::slow_down},
    Word{"Throttling", FailureKind::slow_down},
    Word{"ThrottlingException", FailureKind::slow_down},
    Word{"RequestLimitExceeded", FailureKind::slow_down},
    Word{"TooManyRequests", FailureKind::slow_down},
    Word{"InternalError", FailureKind::server_error},
    Word{"ServiceUnavailable", FailureKind::server_error},
    Word{"RequestTimeout", FailureKind::server_error},
    Word{"OperationAborted", FailureKind::server_error},
    Word{"PreconditionFailed", FailureKind::changed},
    Word{"InvalidRange", FailureKind::bad_range},
};

FailureKind kind_of_status(int status) {
  if (status == 301 || status == 307) return FailureKind::wrong_region;
  if (status == 401 || status == 403) return FailureKind::access_denied;
  if (status == 404) return FailureKind::not_found;
  if (status == 408) return FailureKind::server_error;
  if (status == 412) return FailureKind::changed;
  if (status == 416) return FailureKind::bad_range;
  if (status == 429) return FailureKind::slow_down;
  if (status == 501 || (status >= 400 && status < 500)) return FailureKind::refused;
  if (status >= 500 && status < 600) return FailureKind::server_error;
  return FailureKind::protocol;
}

std::optional<std::chrono::milliseconds> read_retry_after(http::Headers const& headers, core::Wall now) {
  auto const text = headers.find("Retry-After");
  if (!text) return std::nullopt;
  if (auto const moment = http::parse_http_date(*text)) return std::max(*moment - now, std::chrono::milliseconds(0));
  std::uint32_t seconds = 0;
  auto const [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  if (error != std::errc{} || end != text->data() + text->size()) return std::nullopt;
  return std::chrono::seconds(seconds);
}

/// A message may be a proxy's page; the first line of something readable is enough.
std::string one_line(std::string_view text) {
  constexpr std::size_t longest = 300;
  text = text.substr(0, std::min(text.find_first_of("\r\n"), longest));
  return core::to_display(text);
}

void read_body(std::string_view body, Failure& failure) {
  constexpr std::size_t longest = 64U << 10U;
  pugi::xml_document document;
  if (body.size() > longest || !detail::parse_xml(body, document)) return;
  auto node = document.document_element();
  if (std::string_view(node.name()) == "ErrorResponse") node = node.child("Error");  // STS
  if (std::string_view(node.name()) != "Error") return;
  failure.code = one_line(detail::child_text(node, "Code"));
  failure.message = one_line(detail::child_text(node, "Message"));
  failure.region = one_line(detail::child_text(node, "Region"));
}

}  // namespace

Failure read_failure(int status, http::Headers const& headers, std::string_view body, core::Wall now) {
  Failure failure;
  failure.status = status;
  read_body(body, failure);
  failure.kind = kind_of_status(status);
  auto const word = std::ranges::find(words, failure.code, &Word::code);
  if (word != words.end()) failure.kind = word->kind;
  if (auto const region = headers.find("x-amz-bucket-region")) failure.region = one_line(*region);
  // A HEAD answer has no body, so for it the region header is the only sign of a 400 that means "sign for there".
  if (failure.kind == FailureKind::refused && failure.code.empty() && status == 400 && !failure.region.empty())
    failure.kind = FailureKind::wrong_region;
  if (status == 404 && headers.find("x-amz-delete-marker") == "true") failure.kind = FailureKind::no_such_key;
  if (status == 405 && headers.find("x-amz-delete-marker") == "true") failure.kind = FailureKind::no_such_key;
  if (auto const date = headers.find("Date")) failure.server_time = http::parse_http_date(*date);
  failure.retry_after = read_retry_after(headers, now);
  return failure;
}

Failure connection_failure(Error const& error) {
  Failure failure;
  failure.kind = FailureKind::unreachable;
  if (error.code == Errc::timeout) failure.kind = FailureKind::timeout;
  if (error.code == Errc::protocol || error.code == Errc::too_large) failure.kind = FailureKind::protocol;
  if (error.code == Errc::invalid || error.code == Errc::permission) failure.kind = FailureKind::refused;
  failure.message = error.operation;
  failure.hint = error.hint;
  return failure;
}

namespace {

struct Advice {
  Errc code;
  std::string hint;
};

Advice advice_about_access(Failure const& failure, FailureSite const& site) {
  switch (failure.kind) {
    case FailureKind::access_denied:
      return {Errc::permission,
              "the credentials are known but may not do this: allow s3:ListBucket on the bucket and "
              "s3:GetObject (and s3:GetObjectVersion) on its objects, and the KMS key if one is used"};
    case FailureKind::wrong_credentials:
      return {Errc::permission, "the server does not accept the access key id and secret: compare them with those of " +
                                    site.endpoint + ", and see that the secret was copied whole"};
    case FailureKind::expired_credentials:
      return {Errc::permission,
              "the session token is past its time and no newer one could be had: renew the "
              "credentials, or see why their source no longer answers"};
    default:
      return {Errc::invalid, ""};
  }
}

Advice advice(Failure const& failure, FailureSite const& site) {
  switch (failure.kind) {
    case FailureKind::no_such_key:
      return {Errc::not_found, ""};
    case FailureKind::no_such_bucket:
    case FailureKind::not_found:
      return {Errc::invalid, "there is no bucket '" + site.bucket + "' at " + site.endpoint +
                                 ": check its name, the endpoint, and path or virtual addressing"};
    case FailureKind::wrong_region:
      return {Errc::invalid, failure.region.empty() || failure.region == site.region
                                 ? "the bucket is not in region '" + site.region + "': set the connection's region"
                                 : "the bucket is in region '" + failure.region +
                                       "': set the connection's region and an endpoint of that region"};
    case FailureKind::clock_skew:
      return {Errc::invalid, "the clocks differ by more than 15 minutes: switch on time synchronisation"};
    case FailureKind::slow_down:
      return {Errc::unavailable, "the server asks for fewer requests: lower the request budget or wait"};
    case FailureKind::server_error:
      return {Errc::unavailable, "the server is in trouble; this is tried again later"};
    case FailureKind::unreachable:
      return {Errc::unavailable, "is " + site.endpoint + " right, and can this host reach it?"};
    case FailureKind::timeout:
      return {Errc::timeout, "is " + site.endpoint + " right, and does a firewall drop packets to it?"};
    case FailureKind::changed:
      return {Errc::conflict, "the object was overwritten; its new version is found by the next listing"};
    case FailureKind::bad_range:
      return {Errc::conflict, "the object is shorter than it was; it was overwritten"};
    case FailureKind::protocol:
      return {Errc::protocol, "is " + site.endpoint + " an S3 endpoint, and no web page or proxy in front of it?"};
    case FailureKind::refused:
      return {Errc::invalid, ""};
    default:
      return advice_about_access(failure, site);
  }
}

}  // namespace

Error to_error(Failure const& failure, FailureSite const& site) {
  auto [code, hint] = advice(failure, site);
  if (!failure.hint.empty()) hint = failure.hint;
  std::string what = site.operation + ":";
  if (failure.status != 0) what += " " + std::to_string(failure.status);
  if (!failure.code.empty()) what += " " + failure.code;
  if (failure.status != 0 && failure.code.empty()) what += " " + std::string(to_string(failure.kind));
  if (!failure.message.empty()) what += (what.ends_with(':') ? " " : ": ") + failure.message;
  return Error{code, std::move(what), core::to_display(site.subject), std::move(hint)};
}

}  // namespace s3
