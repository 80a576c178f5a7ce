#include "domain/pipeline.hpp"

#include <algorithm>

namespace domain {

bool gets_url(PipelineSpec const& pipeline) noexcept {
  return !pipeline.watch.empty() &&
         std::ranges::all_of(pipeline.watch, [](WatchSpec const& watch) { return watch.s3 && !watch.s3->fetch; });
}

std::string_view to_string(Mount mount) noexcept {
  switch (mount) {
    case Mount::file:
      return "file";
    case Mount::folder:
      return "folder";
    case Mount::source:
      return "source";
  }
  return "?";
}

std::string_view to_string(PullPolicy policy) noexcept {
  switch (policy) {
    case PullPolicy::always:
      return "always";
    case PullPolicy::missing:
      return "missing";
    case PullPolicy::never:
      return "never";
  }
  return "?";
}
std::string_view to_string(Snapshot snapshot) noexcept {
  switch (snapshot) {
    case Snapshot::none:
      return "none";
    case Snapshot::copy:
      return "copy";
    case Snapshot::reflink:
      return "reflink";
    case Snapshot::hardlink:
      return "hardlink";
  }
  return "?";
}
std::string_view to_string(Overlap overlap) noexcept {
  return overlap == Overlap::cancel ? "cancel" : "queue";
}

std::string_view to_string(ArtifactRole role) noexcept {
  switch (role) {
    case ArtifactRole::report:
      return "report";
    case ArtifactRole::plot:
      return "plot";
    case ArtifactRole::table:
      return "table";
    case ArtifactRole::summary:
      return "summary";
    case ArtifactRole::file:
      return "file";
  }
  return "?";
}

ArtifactRole role_of(std::string_view file_name) noexcept {
  if (file_name == "summary.md") return ArtifactRole::summary;
  auto const lower = [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); };
  auto const ends = [&](std::string_view suffix) {
    if (file_name.size() <= suffix.size()) return false;
    return std::ranges::equal(file_name.substr(file_name.size() - suffix.size()), suffix, {}, lower);
  };
  for (auto const suffix : {".html", ".htm"})
    if (ends(suffix)) return ArtifactRole::report;
  for (auto const suffix : {".png", ".svg", ".jpg", ".jpeg", ".gif", ".webp"})
    if (ends(suffix)) return ArtifactRole::plot;
  for (auto const suffix : {".csv", ".tsv"})
    if (ends(suffix)) return ArtifactRole::table;
  return ArtifactRole::file;
}

bool is_secret_name(std::string_view text) noexcept {
  auto const fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !text.empty() && text.size() <= 63 && text[0] >= 'a' && text[0] <= 'z' && std::ranges::all_of(text, fits);
}

std::string view_name(std::string_view pipeline) {
  auto name = std::string("v1_p_").append(pipeline);
  std::ranges::replace(name, '-', '_');
  return name;
}

}  // namespace domain
