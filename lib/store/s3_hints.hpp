#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "sql/connection.hpp"
#include "store/ids.hpp"

namespace store {

/// A stored "this key may have changed".
struct S3Hint {
  std::string key;
  std::int64_t times = 1;  ///< how often it was said since it is stored
};

/// Keeps hints for these keys; one that waits already only counts on. How many rows are new.
[[nodiscard]] std::int64_t keep_hints(sql::Connection& db, SourceId source, std::vector<std::string> const& keys,
                                      core::Wall now);
/// At most `limit` with `after` < key, in byte order.
[[nodiscard]] std::vector<S3Hint> load_hints(sql::Connection& db, SourceId source, std::string const& after,
                                             std::size_t limit);
/// Takes away those that were not said again since they were loaded. How many rows went.
[[nodiscard]] std::int64_t erase_hints(sql::Connection& db, SourceId source, std::vector<S3Hint> const& handled);
/// Takes all of a source away, since a pass will find what they told of.
void drop_hints(sql::Connection& db, SourceId source);
[[nodiscard]] std::int64_t count_hints(sql::Connection& db, SourceId source);

}  // namespace store
