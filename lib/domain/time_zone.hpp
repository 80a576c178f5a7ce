#pragma once

#include <chrono>
#include <string>

#include "core/time.hpp"

/// Local times of IANA zones, by the system's tzdata (/usr/share/zoneinfo; nothing is downloaded). The only user of
/// Howard Hinnant's date library: g++ 12's <chrono> has no zones. Any thread. The first call reads the list of zones,
/// and the first of each zone its file.
namespace domain {

/// "Europe/Berlin", "UTC"; false for what tzdata does not have.
[[nodiscard]] bool is_time_zone(std::string const& name);

/// The moment at which clocks there show `minute` (of the day) on `day`. A time that is left out when clocks go forward
/// is the gap's end; one that comes twice is its first coming. A zone that tzdata has lost is taken for UTC.
[[nodiscard]] core::Wall wall_of(std::string const& zone, std::chrono::local_days day, std::chrono::minutes minute);
/// The day that calendars there show.
[[nodiscard]] std::chrono::local_days local_day(std::string const& zone, core::Wall at);

}  // namespace domain
