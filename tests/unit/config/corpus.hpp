#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace corpus {

inline std::string read(std::filesystem::path const& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The YAML files of corpus/good or corpus/bad, by name.
inline std::vector<std::filesystem::path> files(std::string const& folder) {
  std::vector<std::filesystem::path> found;
  for (auto const& entry : std::filesystem::directory_iterator(std::filesystem::path(TIDEWHEEL_CORPUS) / folder))
    if (entry.path().extension() == ".yaml") found.push_back(entry.path());
  std::ranges::sort(found);
  return found;
}

}  // namespace corpus
