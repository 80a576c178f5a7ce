#include "domain/expectation.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/units.hpp"
#include "domain/time_zone.hpp"

namespace domain {
namespace {

using namespace std::chrono_literals;
using core::Wall;

constexpr std::array<std::string_view, 7> day_names{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr auto most_apart = std::chrono::days(8);  // of two deadlines, and a day for the zone
constexpr auto longest_drift = 30s;

bool is_day(ExpectSpec const& spec, std::chrono::local_days day) {
  auto const number = static_cast<int>(std::chrono::weekday(day).c_encoding());
  return std::ranges::find(spec.days, number) != spec.days.end();
}

ExpectNews look_by_age(ExpectSpec const& spec, Expectation& state, std::optional<Wall> newest, Wall now) {
  // Times after now are of a clock that was ahead.
  auto const basis = std::min(now, std::max(state.since, newest.value_or(state.since)));
  auto const due = basis + spec.at_least_every;
  if (!state.overdue) {
    state.expected = due;
    if (now < due) return ExpectNews::none;
    state.overdue = due;
    return ExpectNews::overdue;
  }
  if (due <= state.expected) return ExpectNews::none;
  state.expected = due;
  if (now >= due) return ExpectNews::none;
  state.overdue.reset();
  return ExpectNews::recovered;
}

ExpectNews look_by_clock(ExpectSpec const& spec, Expectation& state, std::optional<Wall> newest, Wall now) {
  if (!state.overdue && now < state.expected) {
    state.expected = std::min(state.expected, deadline_after(spec, std::max(now, state.since)));
    return ExpectNews::none;
  }
  // Of several that passed (the daemon was down) the last one counts.
  auto const deadline = std::max(state.expected, deadline_up_to(spec, now));
  auto const before = deadline_up_to(spec, deadline - 1ms);
  if (newest && *newest > before) {
    bool const was_overdue = state.overdue.has_value();
    state.overdue.reset();
    state.expected = deadline_after(spec, std::max(now, deadline));
    return was_overdue ? ExpectNews::recovered : ExpectNews::none;
  }
  state.expected = deadline;
  if (state.overdue) return ExpectNews::none;
  state.overdue = deadline;
  return ExpectNews::overdue;
}

}  // namespace

std::string to_text(ExpectSpec const& spec) {
  if (spec.at_least_every > 0ms) return "at least every " + core::format_duration(spec.at_least_every);
  auto const two = [](int number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  auto text = "by " + two(spec.by_minute / 60) + ":" + two(spec.by_minute % 60) + " " + spec.timezone;
  if (spec.days.size() < day_names.size()) {
    std::string names;
    for (auto const day : spec.days)
      names += (names.empty() ? " on " : ", ") + std::string(day_names[static_cast<std::size_t>(day)]);
    text += names;
  }
  if (spec.min > 1) text += ", at least " + std::to_string(spec.min);
  return text;
}

Wall deadline_after(ExpectSpec const& spec, Wall at) {
  auto const today = local_day(spec.timezone, at);
  for (auto day = today - std::chrono::days(1); day <= today + most_apart; day += std::chrono::days(1)) {
    if (!is_day(spec, day)) continue;
    auto const deadline = wall_of(spec.timezone, day, std::chrono::minutes(spec.by_minute));
    if (deadline > at) return deadline;
  }
  return at + most_apart;  // no day at all: the reader of the file refuses that
}

Wall deadline_up_to(ExpectSpec const& spec, Wall at) {
  auto const today = local_day(spec.timezone, at);
  for (auto day = today + std::chrono::days(1); day >= today - most_apart; day -= std::chrono::days(1)) {
    if (!is_day(spec, day)) continue;
    auto const deadline = wall_of(spec.timezone, day, std::chrono::minutes(spec.by_minute));
    if (deadline <= at) return deadline;
  }
  return at - most_apart;
}

Expectation expect_from(ExpectSpec const& spec, Wall since) {
  return {since, spec.at_least_every > 0ms ? since + spec.at_least_every : deadline_after(spec, since), {}};
}

ExpectNews look(ExpectSpec const& spec, Expectation& state, std::optional<Wall> newest, Wall now) {
  return spec.at_least_every > 0ms ? look_by_age(spec, state, newest, now) : look_by_clock(spec, state, newest, now);
}

std::optional<StepGuard::Steady> StepGuard::hold(Wall wall, Steady steady) {
  if (!last_) {
    until_ = steady + at_start_;
  } else {
    auto const drift = (wall - last_->wall) - std::chrono::floor<std::chrono::milliseconds>(steady - last_->steady);
    // A clock that is slewed may gain or lose half a second in a thousand.
    auto const slewed = (steady - last_->steady) / 1000;
    if (std::chrono::abs(drift) > longest_drift + slewed) until_ = std::max(until_, steady + after_step_);
  }
  last_ = Seen{wall, steady};
  return steady < until_ ? std::optional(until_) : std::nullopt;
}

}  // namespace domain
