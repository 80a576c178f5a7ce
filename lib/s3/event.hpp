#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace s3 {

/// An object that may have changed, as an event names it.
struct EventObject {
  std::string bucket;
  std::string key;  ///< bytes, decoded
};

/// What somebody pushed at us about buckets. Only hints: what happened to an object is not read, since events come
/// late, twice, in any order or not at all.
struct EventNotice {
  enum class Kind : std::uint8_t {
    objects,       ///< objects that may have changed
    test,          ///< s3:TestEvent, which says that notifications were set up
    subscription,  ///< SNS wants a person to confirm (or regret) a subscription
  };
  Kind kind = Kind::objects;
  std::vector<EventObject> objects;
  std::int64_t unreadable = 0;  ///< records that are not of S3, or whose key is none
  std::string topic, url;       ///< subscription: its topic, and what has to be opened
};

/// Reads the body of a push, whoever sent it: S3 (and SNS with raw delivery), MinIO, Ceph, an SNS envelope,
/// EventBridge. Keys in `Records` are form-encoded; EventBridge's are not, and Ceph's are by its version: of such a key
/// that could mean two both are told. Bounded: nesting, 10,000 records, bucket 255 bytes, key 1024. Pure; safe on any
/// thread. Errors: invalid, too_large.
[[nodiscard]] core::Result<EventNotice> parse_event(std::string_view body);

}  // namespace s3
