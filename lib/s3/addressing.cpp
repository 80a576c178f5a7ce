#include "s3/addressing.hpp"

#include <algorithm>

namespace s3 {

using core::Errc;
using core::Error;

namespace {

bool is_lower_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/// RFC 1123 labels, lower case, joined by dots.
bool is_host_name(std::string_view bucket) {
  if (bucket.size() < 3 || bucket.size() > 63) return false;
  if (!is_lower_alnum(bucket.front()) || !is_lower_alnum(bucket.back())) return false;
  if (bucket.find("..") != bucket.npos || bucket.find(".-") != bucket.npos || bucket.find("-.") != bucket.npos)
    return false;
  return std::ranges::all_of(bucket, [](char c) { return is_lower_alnum(c) || c == '-' || c == '.'; });
}

bool is_numeric(std::string_view host) {
  return host.find(':') != host.npos ||
         std::ranges::all_of(host, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

bool is_region(std::string_view text) {
  return !text.empty() && text.size() <= 32 && text.front() != '-' && text.back() != '-' &&
         std::ranges::all_of(text, [](char c) { return is_lower_alnum(c) || c == '-'; });
}

}  // namespace

core::Result<BucketAddress> address_of(http::Endpoint const& endpoint, std::string_view bucket, Addressing addressing) {
  if (endpoint.is_unix())
    return Error{Errc::invalid, "an S3 endpoint is a host and a port", endpoint.to_string(), "write https://host"};
  if (bucket.empty() || bucket.find('/') != bucket.npos)
    return Error{Errc::invalid, "not the name of a bucket", std::string(bucket), "write s3://bucket/prefix/"};
  bool const fits =
      is_host_name(bucket) && !is_numeric(endpoint.host()) && !(endpoint.is_tls() && bucket.find('.') != bucket.npos);
  if (addressing == Addressing::path || !fits) return BucketAddress{endpoint, "/" + std::string(bucket) + "/"};
  return BucketAddress{endpoint.with_host(std::string(bucket) + "." + endpoint.host()), "/"};
}

std::optional<http::Endpoint> endpoint_in_region(http::Endpoint const& endpoint, std::string_view region) {
  if (!is_region(region)) return std::nullopt;
  for (std::string_view const domain : {".amazonaws.com.cn", ".amazonaws.com"}) {
    std::string_view host = endpoint.host();
    if (!host.ends_with(domain)) continue;
    host.remove_suffix(domain.size());
    bool const is_dual = host.starts_with("s3.dualstack.");
    bool const is_s3 = host == "s3" || host == "s3-external-1" || is_dual ||
                       ((host.starts_with("s3.") || host.starts_with("s3-")) && is_region(host.substr(3)));
    if (!is_s3) return std::nullopt;
    return endpoint.with_host((is_dual ? "s3.dualstack." : "s3.") + std::string(region) + std::string(domain));
  }
  return std::nullopt;
}

}  // namespace s3
