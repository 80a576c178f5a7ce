#include "watch/pass_plan.hpp"

#include <algorithm>
#include <utility>

namespace watch {

namespace {

using domain::S3Shard;

constexpr std::int64_t keys_of_page = 1000;
constexpr std::int64_t longest_calm = 7;

std::int64_t pages_of(S3Shard const& shard) {
  return shard.keys / keys_of_page + 1;
}

S3Shard joined(S3Shard one, S3Shard const& next) {
  one.hi = next.hi;
  one.keys += next.keys;
  one.visit = std::min(one.visit, next.visit);
  one.visit_started = std::min(one.visit_started, next.visit_started);
  one.calm = std::min(one.calm, next.calm);
  return one;
}

std::vector<S3Shard> join_small(std::vector<S3Shard> shards, std::int64_t shard_keys) {
  std::vector<S3Shard> joined_shards;
  for (auto& shard : shards) {
    bool const small = !joined_shards.empty() && joined_shards.back().keys + shard.keys < shard_keys;
    if (small)
      joined_shards.back() = joined(std::move(joined_shards.back()), shard);
    else
      joined_shards.push_back(std::move(shard));
  }
  return joined_shards;
}

void set_state(S3Shard& shard, S3Shard::State state) {
  shard.state = state;
  shard.cursor = shard.lo;
  shard.listed = 0;
}

}  // namespace

std::int64_t pages_of(std::vector<S3Shard> const& shards) {
  std::int64_t pages = 0;
  for (auto const& shard : shards) pages += pages_of(shard);
  return pages;
}

std::vector<S3Shard> plan_pass(std::vector<S3Shard> shards, PassBudget const& budget, core::Wall now) {
  if (shards.empty()) return plan_undivided(shards);
  auto planned = join_small(std::move(shards), budget.shard_keys);
  bool const all = budget.pages == 0 || pages_of(planned) <= budget.pages;
  std::vector<S3Shard*> waiting;
  std::int64_t used = 0;
  for (auto& shard : planned) {
    bool const must = all || shard.visit == 0 || now - shard.visit_started >= budget.full_every;
    set_state(shard, must ? S3Shard::State::due : S3Shard::State::resting);
    if (must)
      used += pages_of(shard);
    else
      waiting.push_back(&shard);
  }
  auto const urgency = [now](S3Shard const* shard) {
    return (now - shard->visit_started) / (1 + std::min(shard->calm, longest_calm));
  };
  std::ranges::sort(waiting, [&](auto const* a, auto const* b) {
    return std::pair(urgency(b), a->lo) < std::pair(urgency(a), b->lo);
  });
  for (auto* const shard : waiting) {
    if (used > 0 && used + pages_of(*shard) > budget.pages) break;
    set_state(*shard, S3Shard::State::due);
    used += pages_of(*shard);
  }
  return planned;
}

std::vector<S3Shard> plan_undivided(std::vector<S3Shard> const& shards) {
  S3Shard whole;
  if (!shards.empty()) {
    whole = shards.front();
    for (std::size_t i = 1; i < shards.size(); ++i) whole = joined(std::move(whole), shards[i]);
  }
  whole.hi.reset();
  set_state(whole, S3Shard::State::due);
  return {std::move(whole)};
}

}  // namespace watch
