#include "core/units.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <limits>

namespace core {

namespace {

struct DurationUnit {
  std::string_view name;
  std::int64_t ms;
};
// Largest first, so that "1h30m" is read and written in one order.
constexpr std::array duration_units{DurationUnit{"d", 86'400'000}, DurationUnit{"h", 3'600'000},
                                    DurationUnit{"m", 60'000}, DurationUnit{"s", 1'000}, DurationUnit{"ms", 1}};
constexpr std::int64_t longest_duration = std::int64_t{100} * 365 * 86'400'000;

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  std::size_t next_unit = 0;
  while (!text.empty()) {
    std::int64_t count = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || count < 0 || text.front() == '-') return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    auto const unit_length = std::min(text.find_first_of("0123456789"), text.size());
    auto const unit = text.substr(0, unit_length);
    text.remove_prefix(unit_length);
    while (next_unit < duration_units.size() && duration_units[next_unit].name != unit) ++next_unit;
    if (next_unit == duration_units.size()) return std::nullopt;
    auto const factor = duration_units[next_unit++].ms;
    if (count > longest_duration / factor) return std::nullopt;
    total += count * factor;
    if (total > longest_duration) return std::nullopt;
  }
  return std::chrono::milliseconds{total};
}

std::string format_duration(std::chrono::milliseconds duration) {
  auto rest = duration.count();
  std::string text;
  for (auto const& unit : duration_units) {
    if (rest < unit.ms) continue;
    text += std::to_string(rest / unit.ms) + std::string(unit.name);
    rest %= unit.ms;
  }
  return text.empty() ? "0s" : text;
}

std::optional<std::int64_t> parse_bytes(std::string_view text) {
  auto const number_length = std::min(text.find_first_not_of("0123456789."), text.size());
  double number = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + number_length, number, std::chars_format::fixed);
  if (number_length == 0 || error != std::errc{} || end != text.data() + number_length) return std::nullopt;
  std::string unit;
  for (char const c : text.substr(number_length)) unit += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  constexpr std::string_view scales = "kmgt";
  std::int64_t factor = 1;
  if (!unit.empty() && unit != "b") {
    auto const scale = scales.find(unit[0]);
    auto const rest = std::string_view(unit).substr(1);
    if (scale == std::string_view::npos || (!rest.empty() && rest != "b" && rest != "ib")) return std::nullopt;
    for (std::size_t i = 0; i <= scale; ++i) factor *= 1024;
  }
  // A double has 53 bits: whole numbers go their own way, so that what is written is what is meant.
  std::int64_t whole = 0;
  auto const [whole_end, whole_error] = std::from_chars(text.data(), text.data() + number_length, whole);
  if (whole_error == std::errc{} && whole_end == text.data() + number_length)
    return whole <= std::numeric_limits<std::int64_t>::max() / factor ? std::optional(whole * factor) : std::nullopt;
  auto const bytes = number * static_cast<double>(factor);
  if (bytes > 9e18) return std::nullopt;
  return static_cast<std::int64_t>(bytes);
}

std::string format_bytes(std::int64_t bytes) {
  constexpr std::array<char const*, 5> names{"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < names.size(); ++unit) value /= 1024;
  char text[48];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", value, names[unit]);
  return text;
}

std::optional<PercentOrCount> parse_percent_or_count(std::string_view text) {
  PercentOrCount bound;
  auto const* const end = text.data() + text.size();
  if (!text.ends_with('%')) {
    auto const [stop, error] = std::from_chars(text.data(), end, bound.count);
    if (error != std::errc{} || stop != end || bound.count < 0) return std::nullopt;
    return bound;
  }
  auto const [stop, error] = std::from_chars(text.data(), end - 1, bound.percent, std::chars_format::fixed);
  bool const fits = bound.percent >= 0 && bound.percent <= 100;
  if (error != std::errc{} || stop != end - 1 || !fits) return std::nullopt;
  return bound;
}

}  // namespace core
