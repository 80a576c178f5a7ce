#include "core/time.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <ctime>

namespace core {

namespace {

/// Digits of exactly `count` characters at `at`; -1 if they are not.
int digits(std::string_view text, std::size_t at, std::size_t count) {
  int number = -1;
  auto const part = text.substr(std::min(at, text.size()), count);
  auto const [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
  bool const whole = part.size() == count && error == std::errc{} && end == part.data() + part.size() && part[0] != '-';
  return whole ? number : -1;
}

}  // namespace

Wall SystemClock::wall() const {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

Steady SystemClock::steady() const {
  return std::chrono::steady_clock::now();
}

std::string to_rfc3339(Wall at) {
  auto const seconds = std::chrono::floor<std::chrono::seconds>(at);
  std::time_t const t = seconds.time_since_epoch().count();
  std::tm parts{};
  ::gmtime_r(&t, &parts);
  char text[40];
  auto const length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text + length, sizeof text - length, ".%03dZ", static_cast<int>((at - seconds).count()));
  return text;
}

std::optional<Wall> parse_time(std::string_view text) {
  auto const year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  if (year < 0 || month < 0 || day < 0 || text[4] != '-' || text[7] != '-') return std::nullopt;
  auto const date = std::chrono::year{year} / std::chrono::month{static_cast<unsigned>(month)} /
                    std::chrono::day{static_cast<unsigned>(day)};
  if (!date.ok()) return std::nullopt;
  Wall const midnight = std::chrono::sys_days{date};
  if (text.size() == 10) return midnight;
  auto const hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return std::nullopt;
  if ((text[10] != 'T' && text[10] != ' ') || text[13] != ':' || text[16] != ':') return std::nullopt;
  auto const at = midnight + std::chrono::hours{hour} + std::chrono::minutes{minute} + std::chrono::seconds{second};
  auto zone = text.substr(19);
  if (zone.starts_with('.')) zone.remove_prefix(std::min(zone.find_first_not_of("0123456789", 1), zone.size()));
  if (zone == "Z") return at;
  auto const hours = digits(zone, 1, 2), minutes = digits(zone, 4, 2);
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':' || hours < 0 || minutes < 0)
    return std::nullopt;
  auto const offset = std::chrono::hours{hours} + std::chrono::minutes{minutes};
  return zone[0] == '+' ? at - offset : at + offset;
}

}  // namespace core
