#include "s3/event.hpp"

#include <algorithm>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "core/uri.hpp"

namespace s3 {

namespace json = boost::json;
using core::Errc;
using core::Error;
using core::Result;

namespace {

constexpr std::size_t most_records = 10'000;
constexpr std::size_t longest_bucket = 255, longest_key = 1024, longest_text = 1024;
constexpr std::size_t deepest = 16;

Error refusal(std::string what) {
  return {Errc::invalid, std::move(what), "body",
          "send what S3, SNS, EventBridge, MinIO or Ceph send: docs/operations.md, section Push"};
}

json::object const* object_at(json::object const& parent, std::string_view name) {
  auto const* const value = parent.if_contains(name);
  return value == nullptr ? nullptr : value->if_object();
}

std::string_view text_at(json::object const& parent, std::string_view name) {
  auto const* const value = parent.if_contains(name);
  auto const* const text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

std::string form_decode(std::string_view text) {
  std::string blanks(text);
  std::ranges::replace(blanks, '+', ' ');
  return core::percent_decode(blanks);
}

bool fits(EventObject const& object) {
  return !object.bucket.empty() && object.bucket.size() <= longest_bucket && !object.key.empty() &&
         object.key.size() <= longest_key;
}

void add(EventNotice& notice, std::string_view bucket, std::string key) {
  EventObject object{std::string(bucket.substr(0, longest_bucket + 1)), std::move(key)};
  if (fits(object))
    notice.objects.push_back(std::move(object));
  else
    ++notice.unreadable;
}

/// One of `Records`: {"eventSource": "aws:s3", "s3": {"bucket": {"name": …}, "object": {"key": …}}}.
void add_record(EventNotice& notice, json::value const& value) {
  auto const* const record = value.if_object();
  auto const* const s3 = record == nullptr ? nullptr : object_at(*record, "s3");
  auto const* const bucket = s3 == nullptr ? nullptr : object_at(*s3, "bucket");
  auto const* const object = s3 == nullptr ? nullptr : object_at(*s3, "object");
  if (bucket == nullptr || object == nullptr) {
    ++notice.unreadable;
    return;
  }
  auto const name = text_at(*bucket, "name");
  auto const key = text_at(*object, "key");
  auto decoded = form_decode(key);
  // Ceph 16 sends keys as they are, later ones encode them as S3 does; a HEAD too many is cheaper than a lost hint.
  if (text_at(*record, "eventSource").starts_with("ceph:") && decoded != key) add(notice, name, std::string(key));
  add(notice, name, std::move(decoded));
}

Result<EventNotice> read_records(json::value const& value) {
  auto const* const records = value.if_array();
  if (records == nullptr) return refusal("`Records` is not a list");
  if (records->size() > most_records)
    return Error{Errc::too_large, "more than 10000 records in one request", "Records", "send them in smaller requests"};
  EventNotice notice;
  for (auto const& record : *records) add_record(notice, record);
  if (notice.objects.empty() && !records->empty())
    return refusal("no record has `s3.bucket.name` and `s3.object.key` (1 to 1024 bytes)");
  return notice;
}

Result<EventNotice> read_event_bridge(json::object const& detail) {
  auto const* const bucket = object_at(detail, "bucket");
  auto const* const object = object_at(detail, "object");
  EventNotice notice;
  if (bucket != nullptr && object != nullptr)
    add(notice, text_at(*bucket, "name"), std::string(text_at(*object, "key")));
  if (notice.objects.empty()) return refusal("`detail` has no `bucket.name` and `object.key` (1 to 1024 bytes)");
  return notice;
}

/// MinIO beside its Records: {"EventName": …, "Key": "bucket/key"}, decoded.
Result<EventNotice> read_minio(std::string_view path) {
  auto const slash = path.find('/');
  EventNotice notice;
  if (slash != std::string_view::npos) add(notice, path.substr(0, slash), std::string(path.substr(slash + 1)));
  if (notice.objects.empty()) return refusal("`Key` is not BUCKET/KEY");
  return notice;
}

enum class Envelope : std::uint8_t { opened, allowed };
Result<EventNotice> read_body(std::string_view body, Envelope envelope);

Result<EventNotice> read_sns(json::object const& message, std::string_view type) {
  if (type == "Notification") return read_body(text_at(message, "Message"), Envelope::opened);
  if (type != "SubscriptionConfirmation" && type != "UnsubscribeConfirmation")
    return refusal("an SNS message of this `Type` is not known");
  EventNotice notice;
  notice.kind = EventNotice::Kind::subscription;
  notice.topic = text_at(message, "TopicArn").substr(0, longest_text);
  notice.url = text_at(message, "SubscribeURL").substr(0, longest_text);
  return notice;
}

Result<EventNotice> read_body(std::string_view body, Envelope envelope) {
  json::parse_options options;
  options.max_depth = deepest;
  json::monotonic_resource memory;
  boost::system::error_code error;
  auto const value = json::parse(body, error, &memory, options);
  if (error)
    return refusal((envelope == Envelope::opened ? "`Message` is not JSON: " : "not JSON: ") + error.message());
  auto const* const object = value.if_object();
  if (object == nullptr) return refusal("not a JSON object");
  if (auto const* const records = object->if_contains("Records")) return read_records(*records);
  if (text_at(*object, "Event") == "s3:TestEvent") {
    EventNotice notice;
    notice.kind = EventNotice::Kind::test;
    return notice;
  }
  if (auto const* const detail = object_at(*object, "detail")) return read_event_bridge(*detail);
  if (object->contains("EventName")) return read_minio(text_at(*object, "Key"));
  auto const type = text_at(*object, "Type");
  if (envelope == Envelope::allowed && !type.empty()) return read_sns(*object, type);
  return refusal("not an event: neither `Records`, nor `detail`, nor an SNS `Type`");
}

}  // namespace

Result<EventNotice> parse_event(std::string_view body) {
  return read_body(body, Envelope::allowed);
}

}  // namespace s3
