#include "support/s3/objects.hpp"

#include <algorithm>
#include <charconv>

#include "support/s3/xml.hpp"

namespace support::s3 {

namespace {

std::string quoted(std::string_view etag) {
  return "\"" + std::string(etag) + "\"";
}

std::string_view unquoted(std::string_view etag) {
  if (etag.size() >= 2 && etag.starts_with('"') && etag.ends_with('"')) return etag.substr(1, etag.size() - 2);
  return etag;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  auto const* const end = text.data() + text.size();
  auto const [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

struct Span {
  std::uint64_t first = 0, last = 0;
};

/// One range of bytes (RFC 9110 14.1.2); nullopt where none of it exists.
std::optional<Span> parse_range(std::string_view text, std::uint64_t size) {
  auto const dash = text.find('-');
  if (!text.starts_with("bytes=") || dash == text.npos || size == 0) return std::nullopt;
  auto const first = number(text.substr(6, dash - 6));
  auto const last = number(text.substr(dash + 1));
  if (!first && last && *last > 0) return Span{size - std::min(*last, size), size - 1};
  if (!first || *first >= size || (last && *last < *first)) return std::nullopt;
  return Span{*first, std::min(last.value_or(size - 1), size - 1)};
}

void add_object_headers(http::Reply& reply, Bucket const& bucket, Version const& version) {
  reply.headers.set("Content-Type", "binary/octet-stream");
  for (auto const& [name, value] : version.headers) reply.headers.set(name, value);
  reply.headers.set("ETag", quoted(version.etag));
  reply.headers.set("Last-Modified", http_date(version.modified_ms));
  reply.headers.set("Accept-Ranges", "bytes");
  if (bucket.versioning() != Versioning::off) reply.headers.set("x-amz-version-id", version.id);
}

http::Reply marker_reply(Call const& call, Version const& marker) {
  auto reply = call.version_id ? error_reply(405, "MethodNotAllowed",
                                             "The specified method is not allowed against this resource.", call)
                               : error_reply(404, "NoSuchKey", "The specified key does not exist.", call);
  reply.headers.set("x-amz-delete-marker", "true");
  reply.headers.set("x-amz-version-id", marker.id);
  return reply;
}

std::optional<http::Reply> check_conditions(Call const& call, Version const& version) {
  auto const match = call.request.headers.find("If-Match");
  if (match && *match != "*" && unquoted(*match) != version.etag)
    return error_reply(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold", call,
                       "<Condition>If-Match</Condition>");
  auto const none = call.request.headers.find("If-None-Match");
  if (none && (*none == "*" || unquoted(*none) == version.etag)) return http::Reply(304);
  return std::nullopt;
}

}  // namespace

http::Reply get_object(Bucket& bucket, Call const& call, Hits const& hits) {
  auto version = bucket.find(call.key, call.version_id);
  if (!version && call.version_id)
    return error_reply(404, "NoSuchVersion", "The specified version does not exist.", call);
  if (!version) return error_reply(404, "NoSuchKey", "The specified key does not exist.", call);
  if (version->is_marker) return marker_reply(call, *version);
  if (auto refused = check_conditions(call, *version)) return std::move(*refused);
  http::Reply reply(200);
  add_object_headers(reply, bucket, *version);
  if (auto const range = call.request.headers.find("Range")) {
    auto const size = version->body.size();
    auto const span = parse_range(*range, size);
    if (!span) return error_reply(416, "InvalidRange", "The requested range is not satisfiable", call);
    reply.status = 206;
    reply.headers.set("Content-Range", "bytes " + std::to_string(span->first) + "-" + std::to_string(span->last) + "/" +
                                           std::to_string(size));
    version->body = version->body.substr(span->first, span->last - span->first + 1);
  }
  if (hits.has(FaultKind::change_after_head)) {
    PutOptions options;
    options.headers = version->headers;
    (void)bucket.put(call.key, version->body + " changed", std::move(options));
  }
  reply.body = std::move(version->body);
  return reply;
}

http::Reply put_object(Bucket& bucket, Call& call) {
  auto const& headers = call.request.headers;
  if (headers.find("x-amz-content-sha256").value_or("").starts_with("STREAMING-"))
    return error_reply(501, "NotImplemented", "aws-chunked uploads are not offered here", call);
  PutOptions options;
  if (auto const etag = headers.find("x-test-etag")) options.etag = std::string(*etag);
  if (auto const at = number(headers.find("x-test-last-modified").value_or("")))
    options.modified_ms = static_cast<std::int64_t>(*at);
  for (auto const& field : headers)
    if (http::same_name(field.name, "Content-Type") || field.name.starts_with("x-amz-meta-") ||
        field.name.starts_with("X-Amz-Meta-"))
      options.headers.emplace_back(field.name, field.value);
  auto const& version = bucket.put(call.key, std::move(call.request.body), std::move(options));
  http::Reply reply(200);
  reply.headers.set("ETag", quoted(version.etag));
  if (bucket.versioning() != Versioning::off) reply.headers.set("x-amz-version-id", version.id);
  return reply;
}

http::Reply copy_object(Bucket& bucket, Version source, Call const& call) {
  PutOptions options;
  options.etag = source.etag;
  bool const replaces = call.request.headers.find("x-amz-metadata-directive") == "REPLACE";
  if (!replaces) options.headers = std::move(source.headers);
  for (auto const& field : call.request.headers)
    if (replaces && (field.name.starts_with("x-amz-meta-") || field.name.starts_with("X-Amz-Meta-")))
      options.headers.emplace_back(field.name, field.value);
  auto const& version = bucket.put(call.key, std::move(source.body), std::move(options));
  std::string body(xml_declaration);
  body.append("<CopyObjectResult").append(xml_namespace).append("><LastModified>");
  append_iso_date(body, version.modified_ms);
  body += "</LastModified>";
  append_element(body, "ETag", quoted(version.etag));
  body += "</CopyObjectResult>";
  auto reply = xml_reply(std::move(body));
  if (bucket.versioning() != Versioning::off) reply.headers.set("x-amz-version-id", version.id);
  return reply;
}

http::Reply delete_object(Bucket& bucket, Call const& call) {
  auto const removal = bucket.remove(call.key, call.version_id);
  http::Reply reply(204);
  if (!removal.version_id.empty()) reply.headers.set("x-amz-version-id", removal.version_id);
  if (removal.is_marker) reply.headers.set("x-amz-delete-marker", "true");
  return reply;
}

}  // namespace support::s3
