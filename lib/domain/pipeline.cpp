#include "domain/pipeline.hpp"

#include <algorithm>

namespace domain {

std::string_view to_string(Mount mount) noexcept {
  switch (mount) {
    case Mount::file: return "file";
    case Mount::folder: return "folder";
    case Mount::source: return "source";
  }
  return "?";
}

std::string_view to_string(PullPolicy policy) noexcept {
  switch (policy) {
    case PullPolicy::always: return "always";
    case PullPolicy::missing: return "missing";
    case PullPolicy::never: return "never";
  }
  return "?";
}

std::string_view to_string(ArtifactRole role) noexcept {
  switch (role) {
    case ArtifactRole::report: return "report";
    case ArtifactRole::plot: return "plot";
    case ArtifactRole::table: return "table";
    case ArtifactRole::summary: return "summary";
    case ArtifactRole::file: return "file";
  }
  return "?";
}

std::string view_name(std::string_view pipeline) {
  auto name = std::string("v1_p_").append(pipeline);
  std::ranges::replace(name, '-', '_');
  return name;
}

}  // namespace domain
