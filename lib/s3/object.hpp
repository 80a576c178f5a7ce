#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/time.hpp"
#include "s3/secret.hpp"

namespace s3 {

/// One version of an object, as a HEAD or GET answer describes it.
struct ObjectInfo {
  std::string etag;        ///< opaque, without quotes; empty if the server gives none
  std::string version_id;  ///< empty in a bucket without versioning
  std::int64_t size = 0;   ///< of the whole object, also where a range was asked for
  std::optional<core::Wall> last_modified;
  std::string sha256_base64;  ///< the server's own checksum of the whole object; empty where it tells none
};

/// Bytes `first` to `last`, both included; without `last`, to the end.
struct ByteRange {
  std::int64_t first = 0;
  std::optional<std::int64_t> last;
};

/// Which bytes of which version. Empty members do not restrict.
struct GetOptions {
  GetOptions() {}  // not an aggregate, so that g++ 12 cannot destroy a temporary one twice in a co_await

  std::string version_id;
  std::string if_match;                       ///< an ETag without quotes; another one is Errc::conflict
  std::optional<std::int64_t> expected_size;  ///< of the whole object; another one is Errc::conflict
  std::optional<ByteRange> range;
};

/// A URL that works without credentials until `expires`; it is one itself, so it is kept like one.
struct PresignedUrl {
  Secret url;
  core::Wall expires;  ///< as far as is known: session credentials may be revoked before
};

}  // namespace s3
