#pragma once

#include <optional>

#include "orchestrator/services.hpp"
#include "store/read_coverage.hpp"

namespace api {

using boost::asio::awaitable;

/// Counts what became of everything seen. The inventory is read page by page, so that other readers get between; the
/// count of everything is kept and made anew only when it is older than twenty times the time that it took. Loop thread
/// only.
class CoverageMeter {
 public:
  explicit CoverageMeter(orchestrator::Services& services) : services_(services) {}

  /// Of the items that the filter lets through; from the beginning, whatever its cursor says.
  [[nodiscard]] awaitable<store::Coverage> count(store::ItemFilter filter);
  /// Of everything, a little old where there is much.
  [[nodiscard]] awaitable<store::Coverage> everything();

 private:
  orchestrator::Services& services_;
  store::Coverage known_;
  std::optional<core::Steady> fresh_until_;
};

}  // namespace api
