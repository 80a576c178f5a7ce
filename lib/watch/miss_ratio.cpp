#include "watch/miss_ratio.hpp"

namespace watch {

void MissRatio::Recent::put(Hash key, core::Steady now) {
  at[key] = now;
  order.emplace_back(now, key);
}

bool MissRatio::Recent::take_older(core::Steady bound) {
  while (!order.empty() && order.front().first < bound) {
    auto const [when, key] = order.front();
    order.pop_front();
    auto const found = at.find(key);
    if (found == at.end() || found->second != when) continue;  // said again later, or resolved
    at.erase(found);
    return true;
  }
  return false;
}

bool MissRatio::alive(core::Steady now) const {
  return ever_ && now - last_ <= settings_.horizon;
}

void MissRatio::count(bool missed, core::Steady now) {
  outcomes_.emplace_back(now, missed);
  misses_ += missed ? 1 : 0;
}

void MissRatio::expire(core::Steady now) {
  auto const bound = now - settings_.patience;
  while (hints_.take_older(bound)) continue;
  while (waiting_.take_older(bound)) count(true, now);
  while (!outcomes_.empty() &&
         (outcomes_.size() > settings_.window || outcomes_.front().first < now - settings_.horizon)) {
    misses_ -= outcomes_.front().second ? 1 : 0;
    outcomes_.pop_front();
  }
}

void MissRatio::hinted(std::string_view key, core::Steady now) {
  ever_ = true;
  last_ = now;
  auto const hash = std::hash<std::string_view>()(key);
  if (waiting_.at.erase(hash) > 0) count(false, now);
  if (hints_.order.size() < settings_.most_keys) hints_.put(hash, now);
  expire(now);
}

void MissRatio::found_by_hint(std::string_view key, core::Steady now) {
  if (matters(key)) count(false, now);
  expire(now);
}

void MissRatio::found_by_pass(std::string_view key, core::Steady now) {
  expire(now);
  if (!alive(now) || !matters(key)) return;
  auto const hash = std::hash<std::string_view>()(key);
  if (hints_.at.contains(hash))
    count(false, now);
  else if (waiting_.order.size() < settings_.most_keys && !waiting_.at.contains(hash))
    waiting_.put(hash, now);
}

MissRatio::Figures MissRatio::figures(core::Steady now) {
  expire(now);
  Figures figures;
  figures.alive = alive(now);
  figures.changes = static_cast<std::int64_t>(outcomes_.size());
  figures.misses = misses_;
  return figures;
}

}  // namespace watch
