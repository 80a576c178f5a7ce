#include "config/image_reference.hpp"

#include <algorithm>

namespace config {
namespace {

struct Parts {
  std::string_view host, path, tag, digest;
};

bool is_lower(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}
bool is_word(char c) noexcept {
  return is_lower(c) || (c >= 'A' && c <= 'Z') || c == '_';
}

/// The first component is a host where it could not be a path: it has a dot, a port or capitals, or is "localhost".
bool is_host(std::string_view component) {
  return component == "localhost" || component.find_first_of(".:") != std::string_view::npos ||
         std::ranges::any_of(component, [](char c) { return c >= 'A' && c <= 'Z'; });
}

Parts split(std::string_view image) {
  Parts parts;
  if (auto const at = image.find('@'); at != std::string_view::npos) {
    parts.digest = image.substr(at + 1);
    image = image.substr(0, at);
  }
  auto const slash = image.rfind('/');
  auto const colon = image.rfind(':');
  if (colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash)) {
    parts.tag = image.substr(colon + 1);
    image = image.substr(0, colon);
  }
  if (auto const first = image.find('/'); first != std::string_view::npos && is_host(image.substr(0, first))) {
    parts.host = image.substr(0, first);
    image = image.substr(first + 1);
  }
  parts.path = image;
  return parts;
}

bool is_component(std::string_view component) {
  return !component.empty() && is_lower(component.front()) && is_lower(component.back()) &&
         std::ranges::all_of(component, [](char c) { return is_lower(c) || c == '.' || c == '_' || c == '-'; });
}

bool is_path(std::string_view path) {
  for (;;) {
    auto const slash = path.find('/');
    if (!is_component(path.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

bool is_tag(std::string_view tag) {
  return !tag.empty() && tag.size() <= 128 && is_word(tag.front()) &&
         std::ranges::all_of(tag, [](char c) { return is_word(c) || c == '.' || c == '-'; });
}

bool is_digest(std::string_view digest) {
  constexpr std::string_view prefix = "sha256:";
  return digest.starts_with(prefix) && digest.size() == prefix.size() + 64 &&
         digest.substr(prefix.size()).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::string image_complaint(std::string_view image) {
  if (image.empty()) return "the image has no name";
  if (image.size() > 512) return "the image's name is too long";
  if (image.find('$') != std::string_view::npos) return "templates are not used in 'image'";
  auto const parts = split(image);
  if (image.find('@') != std::string_view::npos && !is_digest(parts.digest))
    return "the digest has to be sha256: and 64 hexadecimal digits";
  if (parts.tag.data() != nullptr && !is_tag(parts.tag)) return "'" + std::string(parts.tag) + "' is not a tag";
  if (parts.host.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-[]") !=
      std::string_view::npos)
    return "'" + std::string(parts.host) + "' is not a registry's host";
  if (is_path(parts.path)) return {};
  auto const capitals = std::ranges::any_of(parts.path, [](char c) { return c >= 'A' && c <= 'Z'; });
  return "'" + std::string(parts.path) + "' is not an image's name" + (capitals ? ": it may have no capitals" : "");
}

std::string full_image(std::string_view image) {
  auto const parts = split(image);
  std::string full(parts.host.empty() ? std::string_view("docker.io") : parts.host);
  auto const official = full == "docker.io" && parts.path.find('/') == std::string_view::npos;
  full += official ? "/library/" : "/";
  full += parts.path;
  if (!parts.tag.empty())
    full.append(":").append(parts.tag);
  else if (parts.digest.empty())
    full += ":latest";
  if (!parts.digest.empty()) full.append("@").append(parts.digest);
  return full;
}

}  // namespace config
