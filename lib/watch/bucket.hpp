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

/// One page of a listing, checked against the rules of the format: keys ascend and lie behind what was asked for.
struct ListedPage {
  std::vector<ListedObject> objects;
  bool truncated = false;
  std::string token;  ///< not empty if truncated; good for the next request of this pass, never stored
};

/// What an S3Source needs of S3: a thin seam, so that passes can be tested page by page. Loop thread only. Nothing is
/// ever written to a bucket.
class Bucket {
 public:
  virtual ~Bucket() = default;
  /// Objects below `prefix` behind `after` (empty: from the beginning), in byte order; `token`, if it is not
  /// empty, is that of the page before and takes the place of `after` in the request. Errors: protocol when the answer
  /// breaks the rules, so that nothing in it may be believed; everything else says that there is no answer now.
  virtual awaitable<core::Result<ListedPage>> list(std::string prefix, std::string after, std::string token) = 0;
  /// not_found is proof that this bucket has no such object.
  virtual awaitable<core::Result<domain::Version>> head(std::string key) = 0;
  /// Requests made so far.
  [[nodiscard]] virtual std::int64_t requests() const = 0;
};

/// S3's consoles and some tools make empty objects named "folder/" to show an empty folder: no data, never an item.
[[nodiscard]] inline bool is_folder_marker(std::string_view key, std::int64_t size) noexcept {
  return size == 0 && key.ends_with('/');
}

}  // namespace watch
