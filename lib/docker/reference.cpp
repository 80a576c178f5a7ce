#include "docker/reference.hpp"

#include <algorithm>

namespace docker {

namespace {

constexpr std::string_view lower_alnum = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view hex_digits = "0123456789abcdef";

core::Error malformed(std::string_view text, std::string_view why) {
  return core::Error{core::Errc::invalid, "not an image reference: " + std::string(why), std::string(text),
                     "write [registry[:port]/]name[:tag][@sha256:...]"};
}

bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digest(std::string_view text) {
  constexpr std::string_view prefix = "sha256:";
  return text.starts_with(prefix) && text.size() == prefix.size() + 64 &&
         text.substr(prefix.size()).find_first_not_of(hex_digits) == text.npos;
}

bool is_tag(std::string_view text) {
  if (text.empty() || text.size() > 128 || text.front() == '.' || text.front() == '-') return false;
  return std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '_' || c == '.' || c == '-'; });
}

/// The first component names a registry if it cannot be part of a path: with '.', ':', upper case, or "localhost".
bool names_registry(std::string_view first) {
  return first == "localhost" || first.find_first_of(".:") != first.npos ||
         std::ranges::any_of(first, [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_registry(std::string_view text) {
  if (text.starts_with('[')) return text.find(']') != text.npos;
  auto const colon = std::min(text.find(':'), text.size());
  auto const host = text.substr(0, colon), port = text.substr(std::min(colon + 1, text.size()));
  return !host.empty() && std::ranges::all_of(host, [](char c) { return is_alnum(c) || c == '.' || c == '-'; }) &&
         (colon == text.size() || (!port.empty() && port.find_first_not_of("0123456789") == port.npos));
}

bool is_path_component(std::string_view text) {
  return !text.empty() && lower_alnum.find(text.front()) != text.npos && lower_alnum.find(text.back()) != text.npos &&
         std::ranges::all_of(text, [](char c) {
           return lower_alnum.find(c) != std::string_view::npos || c == '.' || c == '_' || c == '-';
         });
}

bool is_repository(std::string_view text) {
  auto const slash = text.find('/');
  if (slash != text.npos && names_registry(text.substr(0, slash))) {
    if (!is_registry(text.substr(0, slash))) return false;
    text.remove_prefix(slash + 1);
  }
  for (;;) {
    auto const end = std::min(text.find('/'), text.size());
    if (!is_path_component(text.substr(0, end))) return false;
    if (end == text.size()) return true;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

core::Result<Reference> Reference::parse(std::string_view text) {
  if (is_digest(text) || (text.size() == 64 && text.find_first_not_of(hex_digits) == text.npos))
    return malformed(text, "this is an image id");
  Reference reference;
  std::string_view rest = text;
  if (auto const at = rest.find('@'); at != rest.npos) {
    reference.digest = rest.substr(at + 1);
    rest = rest.substr(0, at);
    if (!is_digest(reference.digest)) return malformed(text, "the digest is not sha256: and 64 hex digits");
  }
  auto const slash = rest.rfind('/');
  auto const colon = rest.rfind(':');
  bool const has_tag = colon != rest.npos && (slash == rest.npos || colon > slash);  // else it is the registry's port
  if (has_tag) {
    reference.tag = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
    if (!is_tag(reference.tag)) return malformed(text, "the tag is not of letters, digits, '_', '.' and '-'");
  }
  if (!is_repository(rest)) return malformed(text, "the name is not of lower-case letters, digits and separators");
  reference.repository = rest;
  if (!has_tag && reference.digest.empty()) reference.tag = "latest";
  return reference;
}

std::string Reference::full_repository() const {
  std::string_view path = repository;
  std::string registry = "docker.io";
  auto const slash = path.find('/');
  if (slash != path.npos && names_registry(path.substr(0, slash))) {
    registry = path.substr(0, slash);
    path.remove_prefix(slash + 1);
  }
  if (registry == "index.docker.io") registry = "docker.io";
  bool const is_official = registry == "docker.io" && path.find('/') == path.npos;
  return registry + (is_official ? "/library/" : "/") + std::string(path);
}

std::string matching_digest(std::vector<std::string> const& repo_digests, Reference const& reference) {
  for (std::string const& entry : repo_digests) {
    auto const candidate = Reference::parse(entry);
    if (!candidate || candidate->full_repository() != reference.full_repository()) continue;
    if (reference.digest.empty() || reference.digest == candidate->digest) return entry;
  }
  return {};
}

}  // namespace docker
