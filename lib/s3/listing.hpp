#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"

namespace s3 {

/// What '+' means where a listing is url-encoded: AWS writes a blank as '+', some others leave a plus as it is.
enum class PlusMeaning : std::uint8_t { unknown, blank, plus };

/// What a page was asked for, as far as the page must agree with it. Keys and prefixes are bytes.
struct ListingQuestion {
  std::string bucket;
  std::string prefix;
  /// Every key of the answer must lie behind it. Without a token it is also sent as start-after.
  std::string start_after;
  std::string token;      ///< of the page before; empty for the first one
  std::string delimiter;  ///< "/" rolls what follows it up into prefixes; empty: none
  int max_keys = 1000;
  bool ordered = true;  ///< false for directory buckets, which list in no order: then order is not checked
};

struct ListedObject {
  std::string key;   ///< bytes
  std::string etag;  ///< opaque, without quotes; empty if the server gives none
  std::int64_t size = 0;
  core::Wall last_modified;  ///< whole seconds on AWS; for a multipart upload the time it began
};

struct ListingPage {
  std::vector<ListedObject> entries;  ///< ascending by bytes
  std::vector<std::string> prefixes;  ///< with a delimiter: what it rolled up
  bool truncated = false;             ///< a page may be empty and still truncated; bound how many of those you follow
  std::string next_token;             ///< not empty if truncated
  bool plus_seen = false;             ///< a '+' was decoded: with PlusMeaning::unknown the keys may be wrong
};

/// The largest body that is looked at, bytes; a page of 1000 keys of 1024 escaped bytes has 3.3 MB.
inline constexpr std::size_t longest_listing = 16U << 20U;

/// Reads one page of ListObjectsV2 (docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html) and believes it
/// only if it agrees with the question and with itself. Pure. Errors: protocol, whose operation names the rule that the
/// page broke; too_large. A 200 answer that is an <Error> is protocol as well: look with read_failure() first.
[[nodiscard]] core::Result<ListingPage> parse_listing(std::string_view body, ListingQuestion const& question,
                                                      PlusMeaning plus = PlusMeaning::unknown);

/// The start-after that makes a server show its meaning of '+', and what its answer shows; unknown if it does not echo
/// the probe, or echoes it without encoding.
inline constexpr std::string_view plus_probe = "a b+c";
[[nodiscard]] PlusMeaning read_plus_probe(std::string_view body);

/// Whether it begins like an <Error>: S3 sends those with status 200 too. Looks at the first 300 bytes.
[[nodiscard]] bool is_error_body(std::string_view body);

}  // namespace s3
