#include "s3/detail/time_formats.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace s3::detail {

namespace chrono = std::chrono;

namespace {

/// Exactly `digits` decimal digits at `at`, at most 9. Six times for each object of a listing.
std::optional<int> number(std::string_view text, std::size_t at, std::size_t digits) {
  if (at + digits > text.size()) return std::nullopt;
  int value = 0;
  for (char const c : text.substr(at, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

struct Fields {
  std::optional<int> year, day, hour, minute, second;
  unsigned month = 0;
};

/// A leap second (60) is taken as the second after.
std::optional<core::Wall> assemble(Fields const& at) {
  if (!at.year || !at.day || !at.hour || !at.minute || !at.second) return std::nullopt;
  chrono::year_month_day const date(chrono::year(*at.year), chrono::month(at.month),
                                    chrono::day(static_cast<unsigned>(*at.day)));
  if (!date.ok() || *at.hour > 23 || *at.minute > 59 || *at.second > 60) return std::nullopt;
  return core::Wall(chrono::sys_days(date)) + chrono::hours(*at.hour) + chrono::minutes(*at.minute) +
         chrono::seconds(*at.second);
}

}  // namespace

std::string to_amz_date(core::Wall at) {
  auto const days = chrono::floor<chrono::days>(at);
  chrono::year_month_day const date(days);
  chrono::hh_mm_ss const time(chrono::floor<chrono::seconds>(at - days));
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d%02u%02uT%02d%02d%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  return text.data();
}

std::optional<core::Wall> parse_iso8601(std::string_view text) {
  constexpr std::size_t seconds_end = 19;
  if (text.size() <= seconds_end || text.back() != 'Z') return std::nullopt;
  if (text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':') return std::nullopt;
  Fields fields;
  fields.year = number(text, 0, 4);
  fields.month = static_cast<unsigned>(number(text, 5, 2).value_or(0));
  fields.day = number(text, 8, 2);
  fields.hour = number(text, 11, 2);
  fields.minute = number(text, 14, 2);
  fields.second = number(text, 17, 2);
  auto const at = assemble(fields);
  auto fraction = text.substr(seconds_end, text.size() - seconds_end - 1);
  if (!at || fraction.empty()) return at;
  if (fraction.front() != '.' || fraction.size() < 2) return std::nullopt;
  fraction.remove_prefix(1);
  if (!number(fraction, 0, std::min<std::size_t>(fraction.size(), 9)) || fraction.size() > 9) return std::nullopt;
  auto const shown = std::min<std::size_t>(fraction.size(), 3);
  int milliseconds = *number(fraction, 0, shown);
  for (auto digit = shown; digit < 3; ++digit) milliseconds *= 10;
  return *at + chrono::milliseconds(milliseconds);
}

}  // namespace s3::detail
