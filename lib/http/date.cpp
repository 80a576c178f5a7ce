#include "http/date.hpp"

#include <array>
#include <cstdio>

namespace http {

namespace chrono = std::chrono;

namespace {

constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
constexpr std::string_view weekdays = "SunMonTueWedThuFriSat";

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  for (char const c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value;
}

}  // namespace

std::string to_http_date(core::Wall at) {
  auto const days = chrono::floor<chrono::days>(at);
  chrono::year_month_day const date(days);
  chrono::hh_mm_ss const time(chrono::floor<chrono::seconds>(at - days));
  auto const weekday = weekdays.substr(chrono::weekday(days).c_encoding() * 3, 3);
  auto const month = months.substr((static_cast<unsigned>(date.month()) - 1) * 3, 3);
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%.3s, %02u %.3s %04d %02d:%02d:%02d GMT", weekday.data(),
                static_cast<unsigned>(date.day()), month.data(), static_cast<int>(date.year()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  return text.data();
}

std::optional<core::Wall> parse_http_date(std::string_view text) {
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT" || text[7] != ' ' ||
      text[11] != ' ' || text[16] != ' ' || text[19] != ':' || text[22] != ':')
    return std::nullopt;
  auto const month = months.find(text.substr(8, 3));
  if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
  auto const day = number(text.substr(5, 2)), year = number(text.substr(12, 4)), hour = number(text.substr(17, 2)),
             minute = number(text.substr(20, 2)), second = number(text.substr(23, 2));
  if (!day || !year || !hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  chrono::year_month_day const date(chrono::year(static_cast<int>(*year)),
                                    chrono::month(static_cast<unsigned>(month / 3 + 1)), chrono::day(*day));
  if (!date.ok()) return std::nullopt;
  return core::Wall(chrono::sys_days(date)) + chrono::hours(*hour) + chrono::minutes(*minute) +
         chrono::seconds(*second);
}

}  // namespace http
