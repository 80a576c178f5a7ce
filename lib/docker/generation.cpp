#include "docker/generation.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <charconv>
#include <ctime>
#include <fstream>
#include <iterator>

#include "core/boot_id.hpp"
#include "docker/detail/json.hpp"

namespace docker {

namespace json = boost::json;

namespace {

std::string read_file(std::string const& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Of a moment that is so many ticks after the machine's start. By the clock as it is set now: a step since then moves
/// what is computed here, and not what was written down at that moment.
core::Wall wall_at(unsigned long long ticks) {
  using namespace std::chrono;
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  auto const since_boot = seconds(now.tv_sec) + nanoseconds(now.tv_nsec);
  auto const at = milliseconds(ticks * 1000 / static_cast<unsigned long long>(::sysconf(_SC_CLK_TCK)));
  return floor<milliseconds>(system_clock::now() - (since_boot - at));
}

std::optional<json::object> object_of(std::string_view body) {
  boost::system::error_code error;
  auto value = json::parse(json::string_view(body.data(), body.size()), error);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

}  // namespace

std::optional<unsigned long long> start_ticks(std::string_view stat) {
  constexpr int fields_between = 19;  // from "state", the third field, to "starttime", the 22nd
  auto const name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  auto rest = stat.substr(name_end + 1);
  for (int field = 0; field <= fields_between; ++field) {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    if (field < fields_between) rest.remove_prefix(std::min(rest.find(' '), rest.size()));
  }
  unsigned long long ticks = 0;
  auto const [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), ticks);
  if (error != std::errc{} || (end != rest.data() + rest.size() && *end != ' ')) return std::nullopt;
  return ticks;
}

std::optional<Generation> generation_of_process(pid_t pid) {
  if (pid <= 0) return std::nullopt;
  auto const folder = "/proc/" + std::to_string(pid);
  if (read_file(folder + "/comm") != "dockerd\n") return std::nullopt;
  auto const ticks = start_ticks(read_file(folder + "/stat"));
  auto const boot = core::boot_id();
  if (!ticks || boot.empty()) return std::nullopt;
  return Generation{"dockerd " + boot + " " + std::to_string(pid) + " " + std::to_string(*ticks), wall_at(*ticks)};
}

std::optional<Generation> generation_of_bridge(std::string_view info, std::string_view network) {
  auto const engine = object_of(info);
  auto const bridge = object_of(network);
  if (!engine || !bridge) return std::nullopt;
  // With live-restore the network outlives the engine, as long as one container uses it.
  auto const* const live_restore = engine->if_contains("LiveRestoreEnabled");
  if (live_restore == nullptr || !live_restore->is_bool() || live_restore->get_bool()) return std::nullopt;
  auto const id = detail::string_at(*bridge, "Id");
  auto const created = detail::string_at(*bridge, "Created");
  if (id.empty() || created.empty()) return std::nullopt;
  // When it was made is no measure of when the engine began: what a starting engine makes up about containers comes
  // before its networks.
  return Generation{"bridge " + id + " " + created, std::nullopt};
}

}  // namespace docker
