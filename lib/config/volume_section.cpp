#include "config/volume_section.hpp"

#include <algorithm>
#include <array>

#include "config/map_reader.hpp"
#include "config/paths.hpp"

namespace config {
namespace {

/// What Tidewheel and the kernel put into every container.
constexpr std::array<std::string_view, 6> taken_targets{"/in", "/out", "/.tidewheel", "/proc", "/sys", "/dev"};
constexpr std::string_view read_only_only = "volumes are always read-only; what a run writes goes to /out";

std::optional<domain::VolumeSpec> short_form(Reader const& reader, Node const& node) {
  auto const text = reader.text(node);
  if (!text) return std::nullopt;
  auto const first = text->find(':');
  auto const second = first == std::string::npos ? first : text->find(':', first + 1);
  if (first == std::string::npos) {
    reader.source().error(node.span, "expected SOURCE:TARGET, found " + describe(node),
                          "named and anonymous volumes are not used here");
    return std::nullopt;
  }
  auto const mode = second == std::string::npos ? "ro" : text->substr(second + 1);
  if (mode != "ro") {
    auto const known = mode == "rw" || mode.starts_with("rw,");
    reader.source().error(
        reader.inside(node, second + 1, mode.size()),
        known ? "a volume cannot be written to" : "'" + mode + "' is not a volume's option",
        known ? std::string(read_only_only) : "only 'ro' is; a path with ':' in it needs the form {source, target}");
    return std::nullopt;
  }
  return domain::VolumeSpec{text->substr(0, first), text->substr(first + 1, second - first - 1)};
}

std::optional<domain::VolumeSpec> long_form(Reader const& reader, Node const& node) {
  MapReader keys(reader, node, "volumes");
  domain::VolumeSpec volume;
  bool complete = true;
  for (auto const& [key, field] :
       {std::pair{"source", &domain::VolumeSpec::source}, std::pair{"target", &domain::VolumeSpec::target}}) {
    auto const* value = keys.require(key, "write {source: /srv/reference, target: /reference}");
    auto text = value == nullptr ? std::nullopt : reader.text(*value);
    complete = complete && text;
    if (text) volume.*field = std::move(*text);
  }
  if (auto const* type = keys.take("type")) {
    constexpr std::array<std::string_view, 1> words{"bind"};
    complete = reader.word(*type, words).has_value() && complete;
  }
  if (auto const* read_only = keys.take("read_only"))
    if (auto const flag = reader.boolean(*read_only); flag && !*flag)
      reader.source().error(read_only->span, "a volume cannot be written to", std::string(read_only_only));
  keys.finish();
  return complete ? std::optional(std::move(volume)) : std::nullopt;
}

void check_path(Reader const& reader, Node const& node, std::string const& path, std::string_view which) {
  if (is_normal_absolute(path)) return;
  auto const absolute = path.starts_with('/');
  auto const offset = node.kind == Node::Kind::scalar ? node.text.find(path) : std::string::npos;
  auto const span = offset == std::string::npos || path.empty() ? node.span : reader.inside(node, offset, path.size());
  reader.source().error(span,
                        "the " + std::string(which) + " '" + path + "' " +
                            (absolute ? "is not in its normal form" : "has to be an absolute path"),
                        absolute ? "write '" + normalized(path) + "'" : "it starts with '/'");
}

void check_target(Reader const& reader, Node const& node, std::string const& target,
                  std::vector<domain::VolumeSpec> const& others) {
  auto const clash =
      std::ranges::find_if(taken_targets, [&](std::string_view taken) { return overlaps(target, taken); });
  if (clash != taken_targets.end())
    reader.source().error(node.span, "nothing can be mounted at '" + target + "'",
                          "'" + std::string(*clash) + "' of the container is Tidewheel's or the kernel's");
  if (std::ranges::find(others, target, &domain::VolumeSpec::target) != others.end())
    reader.source().error(node.span, "two volumes have the target '" + target + "'");
}

}  // namespace

std::vector<domain::VolumeSpec> read_volumes(Reader const& reader, Node const& node, Places& places) {
  std::vector<domain::VolumeSpec> volumes;
  if (!reader.expect(node, Node::Kind::list, "a list of \"/source:/target\"")) return volumes;
  for (auto const& item : node.items) {
    auto volume = item.kind == Node::Kind::map ? long_form(reader, item) : short_form(reader, item);
    if (!volume) continue;
    check_path(reader, item, volume->source, "source");
    check_path(reader, item, volume->target, "target");
    check_target(reader, item, volume->target, volumes);
    places.emplace("volumes[" + std::to_string(volumes.size()) + "]", item.span);
    volumes.push_back(std::move(*volume));
  }
  return volumes;
}

}  // namespace config
