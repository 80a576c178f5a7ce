#include "config/paths.hpp"

#include <vector>

namespace config {

std::string normalized(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    auto const part = path.substr(0, path.find('/'));
    path.remove_prefix(part.size() < path.size() ? part.size() + 1 : part.size());
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
  }
  std::string text;
  for (auto const part : parts) text.append("/").append(part);
  return text.empty() ? "/" : text;
}

bool is_normal_absolute(std::string_view path) {
  return path.starts_with('/') && normalized(path) == path;
}

bool overlaps(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  if (a == "/") return true;
  return b.starts_with(a) && (b.size() == a.size() || b[a.size()] == '/');
}

}  // namespace config
