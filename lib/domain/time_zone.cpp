#include "domain/time_zone.hpp"

#include <date/tz.h>

#include <stdexcept>

namespace domain {
namespace {

date::time_zone const* find(std::string const& name) noexcept try {
  return date::locate_zone(name);
} catch (std::exception const&) {
  return nullptr;
}

}  // namespace

bool is_time_zone(std::string const& name) {
  return find(name) != nullptr;
}

core::Wall wall_of(std::string const& zone, std::chrono::local_days day, std::chrono::minutes minute) {
  auto const local = date::local_seconds(day.time_since_epoch()) + minute;
  auto const* const found = find(zone);
  auto const seconds =
      found == nullptr ? local.time_since_epoch() : found->to_sys(local, date::choose::earliest).time_since_epoch();
  return core::Wall(seconds);
}

std::chrono::local_days local_day(std::string const& zone, core::Wall at) {
  auto const* const found = find(zone);
  auto const seconds = date::floor<std::chrono::seconds>(at);
  auto const local = found == nullptr ? seconds.time_since_epoch() : found->to_local(seconds).time_since_epoch();
  return std::chrono::local_days(std::chrono::floor<std::chrono::days>(local));
}

}  // namespace domain
