#include "domain/health.hpp"

#include <array>

#include "domain/alert.hpp"

namespace domain {

std::string_view to_string(NotifyEvent event) noexcept {
  constexpr std::array<std::string_view, 4> names{"failed", "recovered", "overdue", "alert"};
  auto const index = static_cast<std::size_t>(event);
  return index < names.size() ? names[index] : "?";
}

std::string_view to_string(Bound bound) noexcept {
  return bound == Bound::above ? "above" : "below";
}

HealthNews on_end(bool& failing, RunState end) noexcept {
  if (end != RunState::succeeded && !is_failure(end)) return HealthNews::none;
  bool const fails = end != RunState::succeeded;
  if (fails == failing) return HealthNews::none;
  failing = fails;
  return fails ? HealthNews::failed : HealthNews::recovered;
}

std::optional<Bound> beyond(OutputSpec const& output, Value const& value) noexcept {
  auto const name = crossed_bound(output, value);
  if (name.empty()) return std::nullopt;
  return name == to_string(Bound::above) ? Bound::above : Bound::below;
}

std::vector<Crossing> crossings(std::vector<OutputSpec> const& outputs, std::map<std::string, Value> const& values,
                                std::map<std::string, Bound> const& open) {
  std::vector<Crossing> found;
  for (auto const& output : outputs) {
    if (!output.alert_above && !output.alert_below) continue;
    auto const given = values.find(output.name);
    auto const value = given == values.end() ? Value() : given->second;
    auto const bound = beyond(output, value);
    auto const before = open.find(output.name);
    if (bound == (before == open.end() ? std::nullopt : std::optional(before->second))) continue;
    found.push_back({output, bound, value});
  }
  return found;
}

}  // namespace domain
