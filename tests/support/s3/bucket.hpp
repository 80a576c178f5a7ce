#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/s3/keyspace.hpp"

namespace support::s3 {

/// One version of an object, or a delete marker.
struct Version {
  std::string id = "null";  ///< "null" where the bucket kept no versions when it was written
  std::string body, etag;   ///< ETag without quotes
  std::int64_t modified_ms = 0;
  bool is_marker = false;
  std::vector<std::pair<std::string, std::string>> headers;  ///< Content-Type, x-amz-meta-*
};

/// What a test may say of an object beyond its bytes.
struct PutOptions {
  std::optional<std::string> etag;          ///< default: the MD5 of the body, as S3 has it for one part
  std::optional<std::int64_t> modified_ms;  ///< default: now, in whole seconds
  std::vector<std::pair<std::string, std::string>> headers;
};

/// What a DELETE did.
struct Removal {
  std::string version_id;  ///< of the marker that was made, or of the version that was purged; empty without versions
  bool is_marker = false;  ///< the marker that was made, or purged
};

enum class Versioning : std::uint8_t { off, enabled, suspended };

/// What stands in a listing; the views are valid until its cursor moves.
struct Entry {
  std::string_view key, etag;
  std::uint64_t size = 0;
  std::int64_t modified_ms = 0;
};

/// A bucket in memory: stored objects with their versions, over an optional synthetic keyspace. Keys are bytes and
/// sort as such. Not thread-safe.
class Bucket {
 public:
  class Cursor;

  Bucket() = default;
  explicit Bucket(Keyspace keyspace) : keyspace_(keyspace) {}

  Version const& put(std::string const& key, std::string body, PutOptions options = {});
  /// Without a version id: a delete marker where versions are kept, otherwise it is gone.
  Removal remove(std::string const& key, std::optional<std::string> const& version_id = {});
  /// The current version (a delete marker, too), or the one of that id; nullopt if there is none.
  [[nodiscard]] std::optional<Version> find(std::string const& key,
                                            std::optional<std::string> const& version_id = {}) const;
  [[nodiscard]] bool empty() const;

  void set_versioning(Versioning versioning) noexcept { versioning_ = versioning; }
  [[nodiscard]] Versioning versioning() const noexcept { return versioning_; }

 private:
  using Versions = std::vector<Version>;  ///< oldest first; empty: this synthetic key was removed

  [[nodiscard]] std::string next_version_id();
  Version& append(std::string const& key, Version version);
  [[nodiscard]] std::optional<std::uint64_t> synthetic_index(std::string const& key) const;

  Keyspace keyspace_;
  std::map<std::string, Versions, std::less<>> stored_;
  Versioning versioning_ = Versioning::off;
  std::uint64_t versions_made_ = 0;
};

/// Walks the current objects of a bucket in byte order of their keys. The bucket must not change meanwhile.
class Bucket::Cursor {
 public:
  /// Stands before the first key that is not less than `from`.
  Cursor(Bucket const& bucket, std::string_view from) : bucket_(bucket) { seek(from); }

  void seek(std::string_view from);
  [[nodiscard]] bool next(Entry& entry);

 private:
  Bucket const& bucket_;
  std::map<std::string, Versions, std::less<>>::const_iterator stored_;
  std::uint64_t synthetic_ = 0;
  std::string key_;
  Facts facts_;
};

/// The least string that is greater than every string that begins with `prefix`; empty if there is none.
[[nodiscard]] std::string after_prefix(std::string_view prefix);
/// 32 hex digits.
[[nodiscard]] std::string md5_hex(std::string_view bytes);
[[nodiscard]] std::int64_t now_ms();

}  // namespace support::s3
