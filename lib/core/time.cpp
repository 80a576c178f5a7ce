#include "core/time.hpp"

#include <cstdio>
#include <ctime>

namespace core {

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

}  // namespace core
