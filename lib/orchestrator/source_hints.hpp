#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/catalogue.hpp"
#include "orchestrator/services.hpp"
#include "watch/hint_ledger.hpp"
#include "watch/ledger.hpp"
#include "watch/miss_ratio.hpp"
#include "watch/source.hpp"

namespace orchestrator {

/// The push hints of one S3 source: stored until somebody looked, and compared with what its listings find. Loop thread
/// only; what it is made from outlives it.
class SourceHints final : public watch::HintLedger {
 public:
  static constexpr std::int64_t most_waiting = 100'000;

  /// `waiting`: stored in an earlier life.
  SourceHints(Services& services, Catalogue const& catalogue, store::SourceRow source, std::int64_t waiting);

  /// Durable when it returns. False: too many waited, and all were dropped: a listing has to find what they told of.
  [[nodiscard]] awaitable<bool> keep(std::vector<std::string> keys);
  /// A listing committed a stretch with these differences.
  void pass_found(std::vector<watch::Observation> const& fresh);

  awaitable<std::vector<watch::Hint>> load_hints(std::string after, std::size_t limit) override;
  awaitable<void> erase_hints(std::vector<watch::Hint> handled) override;

  [[nodiscard]] watch::MissRatio& misses() noexcept { return misses_; }
  [[nodiscard]] watch::HintHealth health();

 private:
  Services& services_;
  store::SourceRow source_;
  watch::MissRatio misses_;
  std::int64_t waiting_, received_ = 0;
  core::Wall last_{};
  bool warned_ = false;
};

}  // namespace orchestrator
