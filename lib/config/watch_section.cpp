#include "config/watch_section.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "config/map_reader.hpp"
#include "config/paths.hpp"

namespace config {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view existing_choice =
    "write 'skip' to leave the files alone that are there already, 'run' to handle them all, or {since: 2026-11-01}";

/// Digits of exactly `count` characters at `at`; -1 if they are not.
int digits(std::string_view text, std::size_t at, std::size_t count) {
  int number = -1;
  auto const part = text.substr(std::min(at, text.size()), count);
  auto const [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
  bool const whole = part.size() == count && error == std::errc{} && end == part.data() + part.size() && part[0] != '-';
  return whole ? number : -1;
}

/// "2026-11-01" (midnight UTC), or RFC 3339: "2026-11-01T06:00:00Z", "2026-11-01T06:00:00+01:00".
std::optional<core::Wall> parse_time(std::string_view text) {
  auto const year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  if (year < 0 || month < 0 || day < 0 || text[4] != '-' || text[7] != '-') return std::nullopt;
  auto const date = std::chrono::year{year} / std::chrono::month{static_cast<unsigned>(month)} /
                    std::chrono::day{static_cast<unsigned>(day)};
  if (!date.ok()) return std::nullopt;
  core::Wall const midnight = std::chrono::sys_days{date};
  if (text.size() == 10) return midnight;
  auto const hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return std::nullopt;
  if ((text[10] != 'T' && text[10] != ' ') || text[13] != ':' || text[16] != ':') return std::nullopt;
  auto const at = midnight + std::chrono::hours{hour} + std::chrono::minutes{minute} + std::chrono::seconds{second};
  auto zone = text.substr(19);
  if (zone.starts_with('.')) zone.remove_prefix(std::min(zone.find_first_not_of("0123456789", 1), zone.size()));
  if (zone == "Z") return at;
  auto const hours = digits(zone, 1, 2), minutes = digits(zone, 4, 2);
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':' || hours < 0 || minutes < 0)
    return std::nullopt;
  auto const offset = std::chrono::hours{hours} + std::chrono::minutes{minutes};
  return zone[0] == '+' ? at - offset : at + offset;
}

class WatchReader {
 public:
  WatchReader(Reader const& reader, Node const& map) : reader_(reader), keys_(reader, map, "watch") {}

  domain::WatchSpec read(Span& path_place) {
    domain::WatchSpec watch;
    if (auto const* path = keys_.has("s3")
                               ? keys_.take("path")
                               : keys_.require("path", "say which folder is watched: path: /srv/data/sensors")) {
      path_place = path->span;
      read_path(*path, watch);
    }
    read_globs(watch);
    if (auto const* events = keys_.take("events")) read_events(*events, watch);
    if (auto const* existing = keys_.require("existing", std::string(existing_choice))) read_existing(*existing, watch);
    if (auto const* settle = keys_.take("settle"))
      if (auto const quiet = reader_.duration(*settle, 0ms, 24h)) watch.settle = *quiet;
    if (auto const* mount = keys_.take("mount")) {
      constexpr std::array<std::string_view, 3> words{"file", "folder", "source"};
      if (auto const word = reader_.word(*mount, words)) watch.mount = static_cast<domain::Mount>(*word);
    }
    if (auto const* same = keys_.take("same_content")) {
      constexpr std::array<std::string_view, 2> words{"skip", "run"};
      if (auto const word = reader_.word(*same, words)) watch.skip_same_content = *word == 0;
    }
    keys_.not_built_yet({"s3", "connection", "every", "marker", "batch", "hosts", "group"});
    keys_.finish();
    return watch;
  }

 private:
  void read_path(Node const& node, domain::WatchSpec& watch) {
    auto const path = reader_.text(node);
    if (!path) return;
    if (path->starts_with("s3://")) {
      reader_.source().error(node.span, "watching S3 is not built yet", "a later version will have it");
    } else if (!path->starts_with('/')) {
      reader_.source().error(node.span, "the path has to be absolute", "it starts with '/'");
    } else if (!is_normal_absolute(*path)) {
      reader_.source().error(node.span, "the path is not in its normal form", "write '" + normalized(*path) + "'");
    } else if (path->find("${") != std::string::npos) {
      reader_.source().error(node.span, "templates are not used in a watched path");
    } else {
      watch.path = *path;
    }
  }

  void read_globs(domain::WatchSpec& watch) {
    if (auto const* files = keys_.take("files")) {
      watch.files = globs(*files, watch.path);
      if (files->kind == Node::Kind::list && files->items.empty())
        reader_.source().error(files->span, "an empty list matches no file", "leave 'files' out to take all of them");
    }
    if (watch.files.empty()) watch.files = {"**"};
    if (auto const* ignore = keys_.take("ignore")) watch.ignore = globs(*ignore, watch.path);
  }

  std::vector<std::string> globs(Node const& node, std::string const& root) {
    for (auto const& item : node.kind == Node::Kind::list ? std::span(node.items) : std::span(&node, 1)) {
      if (item.kind != Node::Kind::scalar || !reader_.check_glob(item) || root.empty()) continue;
      if (item.text == root || item.text.starts_with(root + "/"))
        reader_.source().error(item.span, "the glob starts with the watched path", "globs are relative to 'path'");
    }
    return reader_.texts(node, Reader::ListForm::one_or_list);
  }

  void read_events(Node const& node, domain::WatchSpec& watch) {
    if (!reader_.expect(node, Node::Kind::list, "a list of created and modified")) return;
    watch.on_created = watch.on_modified = false;
    for (auto const& item : node.items) {
      if (item.kind == Node::Kind::scalar && (item.text == "removed" || item.text == "renamed")) {
        reader_.source().error(item.span, "the event '" + item.text + "' is not built yet",
                               "a later version will have it");
        continue;
      }
      constexpr std::array<std::string_view, 2> words{"created", "modified"};
      auto const word = reader_.word(item, words);
      if (!word) continue;
      auto& wanted = *word == 0 ? watch.on_created : watch.on_modified;
      if (wanted) reader_.source().error(item.span, describe(item) + " is in the list twice");
      wanted = true;
    }
    if (node.items.empty())
      reader_.source().error(node.span, "an empty list of events starts no run", "write [created, modified]");
  }

  void read_existing(Node const& node, domain::WatchSpec& watch) {
    using Kind = domain::Existing::Kind;
    if (node.kind == Node::Kind::map) {
      MapReader keys(reader_, node, "existing");
      auto const* since = keys.require("since", "write {since: 2026-11-01}");
      keys.finish();
      if (since == nullptr) return;
      auto const at = since->kind == Node::Kind::scalar ? parse_time(since->text) : std::nullopt;
      if (at)
        watch.existing = {Kind::since, *at};
      else
        reader_.mismatch(*since, "a date or a time", "write 2026-11-01 or 2026-11-01T06:00:00Z");
      return;
    }
    if (node.kind == Node::Kind::scalar && node.text == "skip")
      watch.existing.kind = Kind::skip;
    else if (node.kind == Node::Kind::scalar && node.text == "run")
      watch.existing.kind = Kind::run;
    else
      reader_.mismatch(node, "skip, run or {since: DATE}", std::string(existing_choice));
  }

  Reader const& reader_;
  MapReader keys_;
};

}  // namespace

std::vector<domain::WatchSpec> read_watch(Reader const& reader, Node const& node, Places& places) {
  std::vector<domain::WatchSpec> watches;
  std::vector<Node const*> maps;
  if (node.kind == Node::Kind::list)
    for (auto const& item : node.items) maps.push_back(&item);
  else
    maps.push_back(&node);
  if (maps.empty()) reader.source().error(node.span, "an empty list watches nothing");
  for (auto const* map : maps) {
    if (!reader.expect(*map, Node::Kind::map, "a map", "write {path: /srv/data/sensors, existing: skip}")) continue;
    Span place = map->span;
    auto watch = WatchReader(reader, *map).read(place);
    for (std::size_t i = 0; i < watches.size() && !watch.path.empty(); ++i)
      if (!watches[i].path.empty() && overlaps(watches[i].path, watch.path))
        reader.source().error(place, "'" + watch.path + "' overlaps with '" + watches[i].path + "'",
                              "a file would belong to both; watch the upper one and say which files");
    places.emplace("watch[" + std::to_string(watches.size()) + "].path", place);
    watches.push_back(std::move(watch));
  }
  return watches;
}

}  // namespace config
