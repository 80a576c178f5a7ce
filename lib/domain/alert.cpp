#include "domain/alert.hpp"

namespace domain {

std::string_view crossed_bound(OutputSpec const& output, Value const& value) noexcept {
  double number = 0;
  if (auto const* const integer = std::get_if<std::int64_t>(&value))
    number = static_cast<double>(*integer);
  else if (auto const* const real = std::get_if<double>(&value))
    number = *real;
  else
    return {};
  if (output.alert_above && number > *output.alert_above) return "above";
  if (output.alert_below && number < *output.alert_below) return "below";
  return {};
}

}  // namespace domain
