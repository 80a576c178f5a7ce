#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/target.hpp"
#include "support/s3/bucket.hpp"
#include "support/s3/fault.hpp"
#include "support/s3/xml.hpp"

namespace support::s3 {

/// A ListObjectsV2 or ListObjects request (API_ListObjectsV2, API_ListObjects of the S3 reference).
struct ListQuery {
  bool v2 = true;
  std::string prefix, delimiter;
  std::optional<std::string> start_after, token, marker;  ///< as asked, decoded; an empty token is none
  std::size_t max_keys = 1000;
  bool url_encoding = false;
  bool like_rgw = false;  ///< see Settings; set it before parse()

  /// A message for InvalidArgument in place of a query that cannot be served.
  [[nodiscard]] static std::optional<std::string> parse(http::Query const& query, ListQuery& parsed);
};

/// One page, before it becomes XML: what a fault bends.
struct Page {
  struct Item {
    std::string key, etag;
    std::uint64_t size = 0;
    std::int64_t modified_ms = 0;
  };

  std::string bucket;
  ListQuery query;
  std::vector<Item> items;
  std::vector<std::string> common_prefixes;
  bool truncated = false;
  std::string next_marker;                ///< the last key or common prefix of a truncated page, in V1's words
  std::optional<std::string> next_token;  ///< the same for V2, opaque
  std::size_t extra_key_count = 0;
  KeyText key_text = KeyText::xml;
};

/// The right page. `ignore_start_after` lists from the beginning all the same.
[[nodiscard]] Page collect(Bucket const& bucket, std::string name, ListQuery query, bool ignore_start_after = false);
/// Bends it as the faults want.
void spoil(Page& page, Hits const& hits);
[[nodiscard]] std::string render(Page const& page);

}  // namespace support::s3
