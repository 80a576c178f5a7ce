#pragma once

#include <algorithm>
#include <chrono>

#include "core/result.hpp"

namespace orchestrator {

/// Whether what an ended container still holds (its log, its /out) is asked for again after this error. Without an
/// engine, or without room, as long as it takes; what else may pass gets a few tries. `tries`: those made so far.
[[nodiscard]] constexpr bool may_come_back(core::Errc code, int tries) noexcept {
  if (code == core::Errc::unavailable || code == core::Errc::no_space) return true;
  return (code == core::Errc::timeout || code == core::Errc::protocol) && tries < 5;
}

[[nodiscard]] constexpr std::chrono::milliseconds pause_before_next(int tries) noexcept {
  using namespace std::chrono_literals;
  return std::min<std::chrono::milliseconds>(200ms * tries, 10s);
}

}  // namespace orchestrator
