#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "domain/version.hpp"

namespace watch {

using boost::asio::awaitable;

/// One row of a source's inventory.
struct KnownItem {
  std::string key;
  domain::Version version;
  std::optional<domain::ContentHash> hash;  ///< of this version, where one was taken
  std::int64_t missing = 0;  ///< not 0: a first complete enumeration did not find it (phase one of a removal)
};

/// A settled difference between the world and the inventory, ready to be committed.
struct Observation {
  std::string key;
  std::optional<domain::Version> found;     ///< nullopt: absence proven twice
  std::optional<domain::ContentHash> hash;  ///< taken when a stored hash had to be compared
  std::optional<core::Steady> noticed;      ///< when the first hint of it came; nullopt: it settled as it was found
};

/// What a source needs from the inventory, and where its settled differences go. Implemented over the store; loop
/// thread only.
class Ledger {
 public:
  virtual ~Ledger() = default;
  /// Known rows of these keys; keys without a row are left out.
  virtual awaitable<std::vector<KnownItem>> find(std::vector<std::string> keys) = 0;
  /// At most `limit` rows with `after` < key and key starting with `prefix`, in byte order. The page of a streaming
  /// merge.
  virtual awaitable<std::vector<KnownItem>> page(std::string prefix, std::string after, std::size_t limit) = 0;
  /// Durable when it returns: inventory, change and run rows in one transaction. Observations that the inventory holds
  /// already are dropped there, so a doubled hint is harmless.
  virtual awaitable<void> commit(std::vector<Observation> batch) = 0;
  /// Durable phase one of a removal: these keys were not found by a complete, error-free enumeration (or are found
  /// again).
  virtual awaitable<void> mark_missing(std::vector<std::string> keys, bool missing) = 0;
};

}  // namespace watch
