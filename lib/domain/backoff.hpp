#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace domain {

inline constexpr std::chrono::milliseconds longest_backoff = std::chrono::minutes{10};

/// The pause after failed attempt `attempt` (1-based): base * 2^(attempt-1), at most `longest_backoff` (or `base`,
/// where that is longer), less up to a fifth so that runs which failed together do not come back together. The same
/// arguments give the same pause, so a stored `not_before` can be explained; it never lies past the bound.
[[nodiscard]] constexpr std::chrono::milliseconds backoff_delay(std::chrono::milliseconds base, int attempt,
                                                                std::uint64_t seed) noexcept {
  auto const bound = std::max(base, longest_backoff);
  auto delay = std::max(base, std::chrono::milliseconds{0});
  for (int doubled = 1; doubled < attempt && delay > delay.zero() && delay < bound; ++doubled) delay *= 2;
  delay = std::min(delay, bound);

  // splitmix64 (Vigna, public domain): neighbouring seeds give unrelated results.
  std::uint64_t mixed = seed + 0x9e3779b97f4a7c15U * static_cast<std::uint64_t>(attempt);
  mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
  mixed ^= mixed >> 31U;
  auto const fifth = static_cast<std::uint64_t>(delay.count() / 5) + 1;
  return delay - std::chrono::milliseconds{static_cast<std::int64_t>(mixed % fifth)};
}

}  // namespace domain
