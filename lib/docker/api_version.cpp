#include "docker/api_version.hpp"

#include <algorithm>
#include <charconv>

namespace docker {

std::optional<ApiVersion> ApiVersion::parse(std::string_view text) {
  auto const dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  auto const number = [](std::string_view digits) -> std::optional<int> {
    int value = 0;
    auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size() || value < 0) return std::nullopt;
    return value;
  };
  auto const major = number(text.substr(0, dot)), minor = number(text.substr(dot + 1));
  if (!major || !minor) return std::nullopt;
  return ApiVersion{*major, *minor};
}

std::string ApiVersion::to_string() const {
  return std::to_string(major) + "." + std::to_string(minor);
}

core::Result<ApiVersion> negotiate(ApiVersion engine_oldest, ApiVersion engine_newest) {
  if (engine_newest < oldest_api)
    return core::Error{core::Errc::unsupported,
                       "the engine offers API " + engine_newest.to_string() + " at most, Tidewheel needs " +
                           oldest_api.to_string() + " at least",
                       "Docker Engine", "upgrade the engine"};
  if (newest_api < engine_oldest)
    return core::Error{core::Errc::unsupported,
                       "the engine asks for API " + engine_oldest.to_string() + " at least, Tidewheel knows " +
                           newest_api.to_string() + " at most",
                       "Docker Engine", "upgrade Tidewheel, or set DOCKER_MIN_API_VERSION for dockerd"};
  return std::min(newest_api, engine_newest);
}

}  // namespace docker
