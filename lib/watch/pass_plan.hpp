#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "core/time.hpp"
#include "domain/s3_pass.hpp"

namespace watch {

/// What a pass may cost.
struct PassBudget {
  std::int64_t pages = 0;  ///< LISTs in the time from one pass to the next; 0: any
  std::chrono::milliseconds full_every = std::chrono::hours(1);  ///< no shard is left alone for longer
  std::int64_t shard_keys = 50'000;                              ///< neighbours that have less together become one
};

/// The LISTs that these shards take, about.
[[nodiscard]] std::int64_t pages_of(std::vector<domain::S3Shard> const& shards);

/// The shards of the next pass, those to be listed marked `due`. All of them while the budget allows that. Else those
/// that were never listed or not for `full_every`, and then, as far as the budget goes, those that have waited longest,
/// where the wait of one that had changes counts for more. At least one. Pure.
[[nodiscard]] std::vector<domain::S3Shard> plan_pass(std::vector<domain::S3Shard> shards, PassBudget const& budget,
                                                     core::Wall now);

/// One shard for everything: for a listing that only goes from its beginning to its end.
[[nodiscard]] std::vector<domain::S3Shard> plan_undivided(std::vector<domain::S3Shard> const& shards);

}  // namespace watch
