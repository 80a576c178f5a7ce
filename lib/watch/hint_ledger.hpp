#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace watch {

using boost::asio::awaitable;

/// A stored "this key may have changed".
struct Hint {
  std::string key;
  std::int64_t times = 1;  ///< how often it was said since it is stored
};

/// Where hints wait, durable before their sender is told so. Loop thread only.
class HintLedger {
 public:
  virtual ~HintLedger() = default;
  /// At most `limit` with `after` < key, in byte order.
  virtual awaitable<std::vector<Hint>> load_hints(std::string after, std::size_t limit) = 0;
  /// Takes away those that were not said again since they were loaded.
  virtual awaitable<void> erase_hints(std::vector<Hint> handled) = 0;
};

}  // namespace watch
