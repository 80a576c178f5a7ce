#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "docker/api_version.hpp"
#include "docker/engine.hpp"

namespace docker {

// The engine's JSON bodies as our types. Pure. Errors: protocol, naming what is missing.

/// GET /version. `oldest` and `newest` are what negotiate() takes.
struct VersionAnswer {
  ApiVersion oldest, newest;
  EngineInfo info;  ///< api_version is the engine's newest
};
[[nodiscard]] Result<VersionAnswer> read_version(std::string_view body);

/// GET /images/{reference}/json
[[nodiscard]] Result<Image> read_image(std::string_view body, std::string_view reference);

/// A time as engines write it, fraction and all: cut to milliseconds. Year 1 means never.
[[nodiscard]] core::Wall read_time(std::string_view text);

/// POST /containers/create: the id.
[[nodiscard]] Result<std::string> read_created(std::string_view body);

/// GET /containers/{id}/json
[[nodiscard]] Result<Container> read_container(std::string_view body);

/// GET /containers/json
[[nodiscard]] Result<std::vector<ContainerSummary>> read_list(std::string_view body);

/// {"label":["key=value"]}, the `filters` parameter.
[[nodiscard]] std::string label_filter(std::string_view label);

/// The same of GET /events: starts, kills and deaths of one container.
[[nodiscard]] std::string event_filter(std::string_view id);

}  // namespace docker
