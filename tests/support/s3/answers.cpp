#include <cmath>
#include <cstdlib>

#include "support/s3/listing.hpp"
#include "support/s3/objects.hpp"
#include "support/s3/service.hpp"

namespace support::s3 {

using http::Reply;

namespace {

using enum FaultKind;

/// The region that a fault asks for, if the request is not signed for it.
std::optional<std::string> missed_region(Fault const* fault, Call const& call) {
  if (fault == nullptr) return std::nullopt;
  auto const signer = Signer::of(call.request);
  auto const wanted = fault->text.empty() ? "eu-central-1" : fault->text;
  if (signer && signer->region == wanted) return std::nullopt;
  return wanted;
}

std::optional<Reply> answer_other_region(Call const& call, Hits const& hits) {
  if (auto const region = missed_region(hits.find(redirect_301), call)) {
    auto reply =
        error_reply(301, "PermanentRedirect",
                    "The bucket you are attempting to access must be addressed using the specified endpoint.", call);
    if (*region != "none") reply.headers.set("x-amz-bucket-region", *region);
    return reply;
  }
  if (auto const region = missed_region(hits.find(wrong_region), call))
    return error_reply(400, "AuthorizationHeaderMalformed",
                       "The authorization header is malformed; the region is wrong; expecting '" + *region + "'", call,
                       *region == "none" ? "" : "<Region>" + *region + "</Region>");
  return std::nullopt;
}

std::optional<Reply> answer_skewed(Call const& call, Hits const& hits) {
  auto const* const fault = hits.find(clock_skew);
  auto const signer = Signer::of(call.request);
  if (fault == nullptr || !signer) return std::nullopt;
  auto const apart = now_ms() + std::llround(fault->value * 1000) - *signer->signed_at_ms;
  if (std::llabs(apart) <= 900'000) return std::nullopt;
  return error_reply(403, "RequestTimeTooSkewed",
                     "The difference between the request time and the current time is too large.", call,
                     "<MaxAllowedSkewMilliseconds>900000</MaxAllowedSkewMilliseconds>");
}

std::optional<Reply> answer_slow_down(Call const& call, Hits const& hits) {
  auto const* const fault = hits.find(slow_down);
  if (fault == nullptr) return std::nullopt;
  auto reply = error_reply(503, "SlowDown", "Please reduce your request rate.", call);
  if (fault->value > 0) reply.headers.set("Retry-After", std::to_string(std::llround(fault->value)));
  return reply;
}

Reply html_page() {
  Reply reply(504);
  reply.headers.set("Content-Type", "text/html");
  reply.body =
      "<html><head><title>504 Gateway Time-out</title></head><body><h1>504 Gateway Time-out</h1></body></html>\n";
  return reply;
}

Reply no_such_bucket_reply(Call const& call) {
  return error_reply(404, "NoSuchBucket", "The specified bucket does not exist", call);
}

Reply list(World& world, Bucket const& bucket, Call const& call, Hits const& hits) {
  ListQuery query;
  query.like_rgw = world.settings.like_rgw;
  if (auto const problem = ListQuery::parse(call.request.query, query))
    return error_reply(400, "InvalidArgument", *problem, call);
  auto page = collect(bucket, call.bucket, std::move(query), hits.has(ignore_start_after));
  if (!hits.all().empty()) spoil(page, hits);
  return xml_reply(render(page));
}

Reply list_buckets(World const& world) {
  std::string body(xml_declaration);
  body.append("<ListAllMyBucketsResult").append(xml_namespace);
  body += "><Owner><ID>test</ID><DisplayName>test</DisplayName></Owner><Buckets>";
  for (auto const& [name, bucket] : world.buckets) {
    body += "<Bucket>";
    append_element(body, "Name", name);
    body += "<CreationDate>2026-01-01T00:00:00.000Z</CreationDate></Bucket>";
  }
  return xml_reply(body + "</Buckets></ListAllMyBucketsResult>");
}

Reply location(World const& world) {
  // us-east-1 is the one region that has no name here (API_GetBucketLocation).
  auto const region = world.settings.region == "us-east-1" ? "" : world.settings.region;
  return xml_reply(std::string(xml_declaration) + "<LocationConstraint" + std::string(xml_namespace) + ">" + region +
                   "</LocationConstraint>");
}

Reply versioning_of(Bucket const& bucket) {
  std::string body(xml_declaration);
  body.append("<VersioningConfiguration").append(xml_namespace).append(">");
  if (bucket.versioning() != Versioning::off)
    append_element(body, "Status", bucket.versioning() == Versioning::enabled ? "Enabled" : "Suspended");
  return xml_reply(body + "</VersioningConfiguration>");
}

Reply set_versioning(Bucket& bucket, Call const& call) {
  auto const says = [&](std::string_view status) {
    return call.request.body.find("<Status>" + std::string(status) + "</Status>") != std::string::npos;
  };
  if (!says("Enabled") && !says("Suspended"))
    return error_reply(400, "MalformedXML", "The XML you provided was not well-formed", call);
  bucket.set_versioning(says("Enabled") ? Versioning::enabled : Versioning::suspended);
  return Reply(200);
}

Reply create_bucket(World& world, Call const& call) {
  if (world.buckets.contains(call.bucket))
    return error_reply(409, "BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded",
                       call);
  world.buckets[call.bucket];
  Reply reply(200);
  reply.headers.set("Location", "/" + call.bucket);
  return reply;
}

Reply delete_bucket(World& world, Call const& call) {
  if (!world.buckets[call.bucket].empty())
    return error_reply(409, "BucketNotEmpty", "The bucket you tried to delete is not empty", call);
  world.buckets.erase(call.bucket);
  return Reply(204);
}

Reply head_bucket(World const& world) {
  Reply reply(200);
  reply.headers.set("x-amz-bucket-region", world.settings.region);
  return reply;
}

Reply copy(World& world, Bucket& bucket, Call const& call) {
  auto const header = std::string(call.request.headers.find("x-amz-copy-source").value_or(""));
  http::RequestContext wanted;
  http::Target target;
  if (!http::parse_target(header.starts_with('/') ? header : "/" + header, target))
    return error_reply(400, "InvalidArgument", "x-amz-copy-source", call);
  wanted.method = "GET";
  wanted.path = target.path;
  wanted.query = target.query;
  Call const source(std::move(wanted), "");
  auto const from = world.buckets.find(source.bucket);
  auto version = from == world.buckets.end() ? std::nullopt : from->second.find(source.key, source.version_id);
  if (!version || version->is_marker) return error_reply(404, "NoSuchKey", "The specified key does not exist.", call);
  return copy_object(bucket, std::move(*version), call);
}

}  // namespace

std::optional<Reply> answer_instead(Call const& call, Hits const& hits) {
  if (auto reply = answer_slow_down(call, hits)) return reply;
  if (hits.has(internal_error))
    return error_reply(500, "InternalError", "We encountered an internal error. Please try again.", call);
  if (hits.has(html_504)) return html_page();
  if (hits.has(access_denied)) return error_reply(403, "AccessDenied", "Access Denied", call);
  if (hits.has(expired_token)) return error_reply(400, "ExpiredToken", "The provided token has expired.", call);
  if (hits.has(no_such_bucket)) return no_such_bucket_reply(call);
  if (hits.has(error_200))
    return error_reply(200, "InternalError", "We encountered an internal error. Please try again.", call);
  if (auto reply = answer_skewed(call, hits)) return reply;
  return answer_other_region(call, hits);
}

Reply answer_bucket(World& world, Call& call, Hits const& hits) {
  auto const& operation = call.operation;
  if (operation == "NotImplemented")
    return error_reply(501, "NotImplemented", "This server does not offer that.", call);
  if (operation == "ListBuckets") return list_buckets(world);
  if (operation == "CreateBucket") return create_bucket(world, call);
  auto const found = world.buckets.find(call.bucket);
  if (found == world.buckets.end()) return no_such_bucket_reply(call);
  auto& bucket = found->second;
  if (operation == "ListObjectsV2" || operation == "ListObjects") return list(world, bucket, call, hits);
  if (operation == "GetObject" || operation == "HeadObject") return get_object(bucket, call, hits);
  if (operation == "PutObject") return put_object(bucket, call);
  if (operation == "CopyObject") return copy(world, bucket, call);
  if (operation == "DeleteObject") return delete_object(bucket, call);
  if (operation == "GetBucketLocation") return location(world);
  if (operation == "GetBucketVersioning") return versioning_of(bucket);
  if (operation == "PutBucketVersioning") return set_versioning(bucket, call);
  if (operation == "DeleteBucket") return delete_bucket(world, call);
  return head_bucket(world);
}

}  // namespace support::s3
