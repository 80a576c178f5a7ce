#include "docker/wire.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "docker/detail/json.hpp"
#include "docker/reference.hpp"

namespace docker {

namespace json = boost::json;
using detail::bool_at;
using detail::int_at;
using detail::map_at;
using detail::object_at;
using detail::string_at;
using detail::strings_at;

namespace {

core::Error broken(std::string_view what, std::string_view why) {
  return core::Error{core::Errc::protocol, "read the engine's answer: " + std::string(why), std::string(what), ""};
}

Result<json::value> parse(std::string_view body, std::string_view what) {
  boost::system::error_code error;
  json::value value = json::parse(json::string_view(body.data(), body.size()), error);
  if (error) return broken(what, error.message());
  return value;
}

Result<json::object> parse_object(std::string_view body, std::string_view what) {
  auto value = parse(body, what);
  if (!value) return value.error();
  if (!value->is_object()) return broken(what, "not an object");
  return std::move(value->get_object());
}

/// Docker writes names with a leading slash.
std::string without_slash(std::string name) {
  if (name.starts_with('/')) name.erase(0, 1);
  return name;
}

/// podman's service names what it is made of: {"Components": [{"Name": "Podman Engine"}, ...]}.
bool is_podman(json::object const& version) {
  auto const* const components = version.if_contains("Components");
  if (components == nullptr || !components->is_array()) return false;
  return std::ranges::any_of(components->get_array(), [](json::value const& component) {
    return component.is_object() && string_at(component.get_object(), "Name") == "Podman Engine";
  });
}

ContainerSummary to_summary(json::object const& object) {
  auto const names = strings_at(object, "Names");
  return ContainerSummary{string_at(object, "Id"), names.empty() ? "" : without_slash(names.front()),
                          string_at(object, "State"), map_at(object, "Labels")};
}

}  // namespace

Result<VersionAnswer> read_version(std::string_view body) {
  auto const object = parse_object(body, "GET /version");
  if (!object) return object.error();
  auto const newest = ApiVersion::parse(string_at(*object, "ApiVersion"));
  if (!newest) return broken("GET /version", "no ApiVersion");
  auto const oldest = ApiVersion::parse(string_at(*object, "MinAPIVersion"));
  EngineInfo info;
  info.api_version = newest->to_string();
  info.engine_version = string_at(*object, "Version");
  info.os_arch = string_at(*object, "Os") + "/" + string_at(*object, "Arch");
  if (is_podman(*object)) info.log_driver = "k8s-file";
  return VersionAnswer{oldest.value_or(oldest_api), *newest, std::move(info)};
}

Result<Image> read_image(std::string_view body, std::string_view reference) {
  auto const object = parse_object(body, reference);
  if (!object) return object.error();
  Image image;
  image.id = string_at(*object, "Id");
  if (image.id.empty()) return broken(reference, "no Id");
  if (!image.id.starts_with("sha256:")) image.id.insert(0, "sha256:");  // podman leaves it out
  if (auto const parsed = Reference::parse(reference))
    image.digest = matching_digest(strings_at(*object, "RepoDigests"), *parsed);
  image.tags = strings_at(*object, "RepoTags");
  json::object const& config = object_at(*object, "Config");
  image.entrypoint = strings_at(config, "Entrypoint");
  image.command = strings_at(config, "Cmd");
  image.user = string_at(config, "User");
  image.working_dir = string_at(config, "WorkingDir");
  image.environment = strings_at(config, "Env");
  image.architecture = string_at(*object, "Architecture");
  return image;
}

core::Wall read_time(std::string_view text) {
  auto const seconds = core::parse_time(text);
  if (!seconds) return core::Wall{};
  int ms = 0;
  if (text.size() > 20 && text[19] == '.')
    for (std::size_t at = 20, weight = 100; weight > 0 && at < text.size() && text[at] >= '0' && text[at] <= '9';
         ++at, weight /= 10)
      ms += (text[at] - '0') * static_cast<int>(weight);
  return *seconds + std::chrono::milliseconds{ms};
}

Result<std::string> read_created(std::string_view body) {
  auto const object = parse_object(body, "POST /containers/create");
  if (!object) return object.error();
  std::string id = string_at(*object, "Id");
  if (id.empty()) return broken("POST /containers/create", "no Id");
  return id;
}

Result<Container> read_container(std::string_view body) {
  auto const object = parse_object(body, "container");
  if (!object) return object.error();
  json::object const& state = object_at(*object, "State");
  Container container;
  container.id = string_at(*object, "Id");
  container.name = without_slash(string_at(*object, "Name"));
  container.image_id = string_at(*object, "Image");
  container.labels = map_at(object_at(*object, "Config"), "Labels");
  container.status = string_at(state, "Status");
  container.exit_code = static_cast<int>(int_at(state, "ExitCode"));
  container.oom_killed = bool_at(state, "OOMKilled");
  container.error = string_at(state, "Error");
  container.started_at = string_at(state, "StartedAt");
  container.finished_at = string_at(state, "FinishedAt");
  if (container.id.empty() || container.status.empty()) return broken("container", "no Id or no State.Status");
  return container;
}

Result<std::vector<ContainerSummary>> read_list(std::string_view body) {
  auto const value = parse(body, "GET /containers/json");
  if (!value) return value.error();
  if (!value->is_array()) return broken("GET /containers/json", "not an array");
  std::vector<ContainerSummary> list;
  for (json::value const& element : value->get_array()) {
    if (!element.is_object()) return broken("GET /containers/json", "an entry is not an object");
    list.push_back(to_summary(element.get_object()));
    if (list.back().id.empty()) return broken("GET /containers/json", "an entry has no Id");
  }
  return list;
}

std::string event_filter(std::string_view id) {
  json::object filter;
  filter["container"].emplace_array().emplace_back(json::string_view(id.data(), id.size()));
  auto& events = filter["event"].emplace_array();
  for (auto const* const name : {"start", "kill", "die"}) events.emplace_back(name);
  return detail::canonical(filter);
}

std::string label_filter(std::string_view label) {
  json::array labels;
  labels.emplace_back(json::string_view(label.data(), label.size()));
  json::object filter;
  filter["label"] = std::move(labels);
  return detail::canonical(filter);
}

}  // namespace docker
