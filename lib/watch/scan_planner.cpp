#include "watch/scan_planner.hpp"

#include <algorithm>
#include <utility>

namespace watch {

void ScanPlanner::overflow(core::Steady now) {
  if (!overflow_first_) overflow_first_ = now;
  overflow_last_ = now;
}

void ScanPlanner::request(std::string reason, core::Steady now) {
  if (!requested_) requested_ = Plan{now, std::move(reason), false, false};
}

ScanPlanner::Plan ScanPlanner::next() const {
  Plan plan{periodic_, "the regular comparison", false, false};
  auto const sooner = [&](std::optional<Plan> const& other) {
    if (other && other->due < plan.due) plan = *other;
  };
  sooner(unwatched_);
  sooner(retry_);
  if (overflow_first_) {
    auto const due = std::min(*overflow_last_ + settings_.overflow_quiet, *overflow_first_ + settings_.overflow_latest);
    sooner(Plan{std::max(due, overflow_floor_), "the kernel's event queue overflowed", false, false});
  }
  sooner(requested_);
  sooner(confirm_);
  if (confirm_ && confirm_->due <= plan.due) {
    plan.may_remove = true;
    plan.mass_confirmed = confirm_->mass_confirmed;
  }
  return plan;
}

void ScanPlanner::started(Plan const& plan, core::Steady now) {
  started_ = now;
  overflow_scan_ = overflow_first_.has_value();
  // From here on an overflow means another scan: this one may have passed the place already.
  overflow_first_ = overflow_last_ = std::nullopt;
  requested_ = retry_ = unwatched_ = std::nullopt;
  periodic_ = core::Steady::max();
  if (plan.may_remove) confirm_ = std::nullopt;
}

void ScanPlanner::ended(End const& end, core::Steady now, double jitter) {
  auto const took = now - started_;
  auto const spread = std::chrono::duration_cast<Wait>(settings_.reconcile_every * (jitter / 10));
  periodic_ = now + settings_.reconcile_every + spread;
  if (overflow_scan_) overflow_floor_ = now + std::max<core::Steady::duration>(settings_.overflow_gap, 2 * took);
  if (end.errors > 0)
    backoff_ = std::clamp(backoff_ * 2, settings_.scan_retry_first, settings_.scan_retry_last);
  else
    backoff_ = Wait{0};
  part_ended(end, now);
  if (end.unwatched > 0 && unwatched_) unwatched_->due = std::max(unwatched_->due, now + 2 * took);
  if (end.unconfirmed == 0) return;
  Plan confirm{now + settings_.delete_delay, "to prove that files are gone", true, end.mass};
  // A scan in between (say, a retry) must not put off for ever what the breaker holds.
  if (confirm_) confirm.due = std::max(confirm.due, confirm_->due);
  if (end.mass && !(confirm_ && confirm_->mass_confirmed)) confirm.due = now + settings_.breaker_hold;
  confirm_ = std::move(confirm);
}

void ScanPlanner::part_ended(End const& end, core::Steady now) {
  if (end.errors > 0 && !retry_)
    retry_ = Plan{now + std::max(backoff_, settings_.scan_retry_first), "the last scan could not read everything",
                  false, false};
  if (end.unwatched > 0 && !unwatched_)
    unwatched_ = Plan{now + settings_.unwatched_every, "not every folder could be watched", false, false};
}

}  // namespace watch
