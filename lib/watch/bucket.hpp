#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "domain/version.hpp"

namespace watch {

using boost::asio::awaitable;

/// One object of a listing.
struct ListedObject {
  std::string key;  ///< bytes
  domain::Version version;
};

/// One page of a listing, checked against the rules of the format: keys ascend (where that was asked for) and lie
/// behind what was asked for.
struct ListedPage {
  std::vector<ListedObject> objects;
  bool truncated = false;
  std::string token;  ///< not empty if truncated; good for the next request of this pass, never stored
};

/// What is asked of a listing.
struct ListRequest {
  ListRequest() {}  // not an aggregate, so that g++ 12 cannot destroy a temporary one twice in a co_await

  std::string prefix;
  std::string after;    ///< objects behind this key; empty: from the beginning
  std::string token;    ///< if it is not empty, that of the page before; it takes the place of `after` in the request
  bool ordered = true;  ///< false: the keys need not ascend
};

/// Requests made so far, those sent again included.
struct BucketUsage {
  std::int64_t lists = 0, heads = 0, gets = 0;
  std::int64_t slow_downs = 0;  ///< answers that asked for fewer
  std::int64_t waiting = 0;     ///< listings that wait now, since a budget allows no more
};

/// What an S3Source needs of S3: a thin seam, so that passes can be tested page by page. Loop thread only. Nothing is
/// ever written to a bucket.
class Bucket {
 public:
  virtual ~Bucket() = default;
  /// A page of at most 1000 objects. Errors: protocol when the answer breaks the rules, so that nothing in it may be
  /// believed; everything else says that there is no answer now.
  virtual awaitable<core::Result<ListedPage>> list(ListRequest request) = 0;
  /// not_found is proof that this bucket has no such object.
  virtual awaitable<core::Result<domain::Version>> head(std::string key) = 0;
  [[nodiscard]] virtual BucketUsage usage() const = 0;
};

/// S3's consoles and some tools make empty objects named "folder/" to show an empty folder: no data, never an item.
[[nodiscard]] inline bool is_folder_marker(std::string_view key, std::int64_t size) noexcept {
  return size == 0 && key.ends_with('/');
}

}  // namespace watch
