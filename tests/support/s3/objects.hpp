#pragma once

#include "support/s3/bucket.hpp"
#include "support/s3/call.hpp"
#include "support/s3/fault.hpp"

namespace support::s3 {

/// GetObject and HeadObject: Range (one), If-Match, If-None-Match, versionId.
[[nodiscard]] http::Reply get_object(Bucket& bucket, Call const& call, Hits const& hits);
/// PutObject in one part. Beside S3's own headers these, which only tests send, choose what S3 would: x-test-etag,
/// x-test-last-modified (milliseconds since 1970).
[[nodiscard]] http::Reply put_object(Bucket& bucket, Call& call);
/// CopyObject from `source`, whose object x-amz-copy-source names.
[[nodiscard]] http::Reply copy_object(Bucket& bucket, Version source, Call const& call);
[[nodiscard]] http::Reply delete_object(Bucket& bucket, Call const& call);

}  // namespace support::s3
