#include "docker/container_processes.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace docker {

bool any_process_in_container(std::string_view id) {
  std::error_code error;
  for (auto const& entry : std::filesystem::directory_iterator("/proc", error)) {
    auto const name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "cgroup");
    std::string const groups{std::istreambuf_iterator<char>(file), {}};
    if (groups.find(id) != std::string::npos) return true;
  }
  return static_cast<bool>(error);
}

}  // namespace docker
