#include "api/process_metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace api {

namespace {

/// Fields of /proc/self/stat from the third on: the second is a name that may hold anything.
void read_stat(ProcessUsage& usage) {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  auto const name_end = line.rfind(')');
  if (name_end == std::string::npos) return;
  std::istringstream fields(line.substr(name_end + 1));
  std::string state;
  fields >> state;  // the third field of proc(5)
  double user = 0, system = 0, start = 0, size = 0, pages = 0, value = 0;
  for (int field = 4; field <= 24 && fields >> value; ++field) {
    if (field == 14) user = value;
    if (field == 15) system = value;
    if (field == 22) start = value;
    if (field == 23) size = value;
    if (field == 24) pages = value;
  }
  auto const ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  usage.cpu_seconds = (user + system) / ticks;
  usage.virtual_bytes = static_cast<std::int64_t>(size);
  usage.resident_bytes = static_cast<std::int64_t>(pages) * ::sysconf(_SC_PAGESIZE);
  std::ifstream boot("/proc/stat");
  for (std::string word; boot >> word;)
    if (word == "btime" && boot >> value) {
      usage.start_seconds = value + start / ticks;
      return;
    }
}

}  // namespace

ProcessUsage process_usage() {
  ProcessUsage usage;
  read_stat(usage);
  std::error_code error;
  std::int64_t fds = 0;
  for (std::filesystem::directory_iterator it("/proc/self/fd", error), end; !error && it != end; it.increment(error))
    ++fds;
  if (!error) usage.open_fds = fds - 1;  // without the one that lists them
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
    usage.max_fds = static_cast<std::int64_t>(limit.rlim_cur);
  return usage;
}

}  // namespace api
