#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "core/time.hpp"

namespace domain {

/// How long what an ended run left behind is kept: `retention` of tidewheeld.yaml. The run's row is kept for ever.
struct RetentionRules {
  std::optional<std::chrono::milliseconds> logs = std::chrono::hours(24 * 30);  ///< from its end; nullopt: for ever
  std::optional<std::chrono::milliseconds> artifacts = std::chrono::hours(24 * 90);  ///< likewise
  std::optional<std::chrono::milliseconds> images = std::chrono::hours(24 * 30);     ///< from the last attempt with it
  std::int64_t keep_last = 10;  ///< so many newest good runs of each pipeline keep both, however old
  bool make_room = false;       ///< when_disk_low: remove_oldest
};

/// What is known of a run's log, or of its artifacts.
struct Leftover {
  core::Wall finished{};
  bool pinned = false;
  bool newest = false;  ///< one of the keep_last
};

enum class Keep : std::uint8_t {
  none,    ///< nothing keeps it
  young,   ///< its time has not come
  pinned,  ///< somebody wants to have it
  newest,  ///< of the newest good runs of its pipeline
};

/// `age`: after how long it may go; nullopt: never for its age.
[[nodiscard]] constexpr Keep keeps(Leftover const& leftover, std::optional<std::chrono::milliseconds> age,
                                   core::Wall now) noexcept {
  if (!age || now - leftover.finished < *age) return Keep::young;
  if (leftover.pinned) return Keep::pinned;
  return leftover.newest ? Keep::newest : Keep::none;
}

}  // namespace domain
