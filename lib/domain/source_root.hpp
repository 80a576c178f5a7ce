#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/pipeline.hpp"

/// A source is named by one text, its root: "/srv/data" for a folder, "acme:s3://bucket/prefix/" for what a connection
/// reaches. The connection is always in it, so that a second one does not rename the first one's sources. Only these
/// functions make and read that form.
namespace domain {

[[nodiscard]] std::string root_of(WatchSpec const& watch);
[[nodiscard]] std::string root_of(S3Watch const& watch);

/// Where an S3 root points.
struct S3Root {
  std::string connection, bucket, prefix;
};
/// Nullopt: the root of a folder.
[[nodiscard]] std::optional<S3Root> parse_s3_root(std::string_view root);
[[nodiscard]] bool is_s3_root(std::string_view root) noexcept;

/// The key as globs see it: below the prefix for S3, the same for a folder. Empty for the prefix itself.
[[nodiscard]] std::string_view key_below(std::string_view prefix, std::string_view key) noexcept;

/// "s3://bucket/a%20key" and, for a folder, "file:///srv/data/a%20key"; percent-encoded, reversible.
[[nodiscard]] std::string uri_of(std::string_view root, std::string_view key);
/// "s3://bucket/key" for any key.
[[nodiscard]] std::string s3_uri(std::string_view bucket, std::string_view key);

/// "s3://bucket/rest" taken apart by its text alone; nullopt for anything else, or without a bucket.
struct S3Address {
  std::string bucket, key;
};
[[nodiscard]] std::optional<S3Address> parse_s3_address(std::string_view text);

}  // namespace domain
