#include "support/s3/call.hpp"

#include <array>
#include <utility>

#include "core/uri.hpp"
#include "support/s3/xml.hpp"

namespace support::s3 {

namespace {

std::string_view object_operation(http::RequestContext const& request) {
  for (auto const* const other : {"acl", "tagging", "uploads", "uploadId", "attributes", "retention", "legal-hold"})
    if (request.query.contains(other)) return "NotImplemented";
  bool const copies = request.headers.find("x-amz-copy-source").has_value();
  if (request.method == "GET") return "GetObject";
  if (request.method == "HEAD") return "HeadObject";
  if (request.method == "PUT") return copies ? "CopyObject" : "PutObject";
  if (request.method == "DELETE") return "DeleteObject";
  return "NotImplemented";
}

std::string_view bucket_operation(http::RequestContext const& request) {
  using Names = std::pair<char const*, char const*>;
  if (request.query.contains("versioning") && request.method == "PUT") return "PutBucketVersioning";
  if (request.method == "PUT") return "CreateBucket";
  if (request.method == "HEAD") return "HeadBucket";
  if (request.method == "DELETE") return "DeleteBucket";
  if (request.method != "GET") return "NotImplemented";
  for (auto const& [query, name] :
       std::array{Names("location", "GetBucketLocation"), Names("versioning", "GetBucketVersioning")})
    if (request.query.contains(query)) return name;
  for (auto const* const other : {"acl", "policy", "lifecycle", "uploads", "versions", "cors", "tagging", "object-lock",
                                  "notification", "encryption", "website", "logging", "replication"})
    if (request.query.contains(other)) return "NotImplemented";
  return request.query_value("list-type") == "2" ? "ListObjectsV2" : "ListObjects";
}

/// "bucket" of a Host "bucket.s3.test:9000".
std::string virtual_bucket(http::RequestContext const& request, std::string_view domain) {
  auto host = request.headers.find("Host").value_or("");
  host = host.substr(0, host.find(':'));
  if (domain.empty() || !host.ends_with(domain)) return {};
  host.remove_suffix(domain.size());
  if (host.size() < 2 || !host.ends_with('.')) return {};
  return std::string(host.substr(0, host.size() - 1));
}

}  // namespace

Call::Call(http::RequestContext with_request, std::string_view domain) : request(std::move(with_request)) {
  std::string_view rest = request.path;
  rest.remove_prefix(1);
  bucket = virtual_bucket(request, domain);
  if (bucket.empty()) {
    auto const slash = rest.find('/');
    bucket = core::percent_decode(rest.substr(0, slash));
    rest.remove_prefix(slash == rest.npos ? rest.size() : slash + 1);
  }
  key = core::percent_decode(rest);
  version_id = request.query_value("versionId");
  if (bucket.empty())
    operation = request.method == "GET" ? "ListBuckets" : "NotImplemented";
  else
    operation = key.empty() ? bucket_operation(request) : object_operation(request);
}

http::Reply xml_reply(std::string body) {
  http::Reply reply(200);
  reply.headers.set("Content-Type", "application/xml");
  reply.body = std::move(body);
  return reply;
}

http::Reply error_reply(int status, std::string_view code, std::string_view message, Call const& call,
                        std::string_view more) {
  std::string body(xml_declaration);
  body += "<Error>";
  append_element(body, "Code", code);
  append_element(body, "Message", message);
  append_element(body, "Resource", call.request.path);
  body += more;
  append_element(body, "RequestId", "0000000000000000");
  body += "</Error>";
  auto reply = xml_reply(std::move(body));
  reply.status = status;
  if (call.request.method == "HEAD") reply.body.clear();  // HEAD's errors have no body, so no code either
  return reply;
}

}  // namespace support::s3
