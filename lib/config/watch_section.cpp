#include "config/watch_section.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "config/map_reader.hpp"
#include "config/paths.hpp"
#include "domain/source_root.hpp"

namespace config {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view existing_choice =
    "write 'skip' to leave the files alone that are there already, 'run' to handle them all, or {since: 2026-11-01}";

class WatchReader {
 public:
  WatchReader(Reader const& reader, Node const& map) : reader_(reader), keys_(reader, map, "watch") {}

  /// Notes the places of the path or the bucket, and of the connection, under `name` ("watch[0]").
  domain::WatchSpec read(std::string const& name, Places& places) {
    domain::WatchSpec watch;
    if (keys_.has("s3"))
      read_s3(name, places, watch);
    else if (auto const* path = keys_.require("path",
                                              "say what is watched: path: /srv/data/sensors, or "
                                              "s3: s3://bucket/prefix/")) {
      places.emplace(name + ".path", path->span);
      read_path(*path, watch);
    }
    read_globs(watch);
    if (auto const* events = keys_.take("events")) read_events(*events, watch);
    if (auto const* existing = keys_.require("existing", std::string(existing_choice))) read_existing(*existing, watch);
    if (auto const* settle = keys_.take("settle")) read_settle(*settle, watch);
    if (auto const* mount = keys_.take("mount")) read_mount(*mount, watch);
    if (auto const* snapshot = keys_.take("snapshot")) read_snapshot(*snapshot, watch);
    if (auto const* same = keys_.take("same_content")) {
      constexpr std::array<std::string_view, 2> words{"skip", "run"};
      if (auto const word = reader_.word(*same, words)) watch.skip_same_content = *word == 0;
    }
    if (!keys_.has("s3"))
      for (auto const* key : {"connection", "every", "order", "full_every", "fetch"})
        if (auto const* node = keys_.take(key))
          reader_.source().error(node->span, "'" + std::string(key) + "' belongs to 's3'", "a folder needs none");
    keys_.not_built_yet({"marker", "batch", "hosts", "group"});
    keys_.finish();
    return watch;
  }

 private:
  void read_s3(std::string const& name, Places& places, domain::WatchSpec& watch) {
    if (auto const* path = keys_.take("path"))
      reader_.source().error(path->span, "one of 'path' and 's3' is watched, not both",
                             "write a list of two watches instead");
    domain::S3Watch s3;
    auto const* address = keys_.take("s3");
    places.emplace(name + ".s3", address->span);
    places.emplace(name + ".connection", address->span);
    watch.settle = 0ms;  // an object is there whole or not at all
    if (auto const* connection = keys_.take("connection")) {
      places[name + ".connection"] = connection->span;
      if (auto text = reader_.text(*connection)) s3.connection = std::move(*text);
    }
    if (auto const* every = keys_.take("every"))
      if (auto const time = reader_.duration(*every, 1s, 24h)) s3.every = *time;
    read_order(s3);
    if (auto const* fetch = keys_.take("fetch")) {
      places.emplace("watch.fetch", fetch->span);
      if (auto const flag = reader_.boolean(*fetch)) s3.fetch = *flag;
    }
    if (read_address(*address, s3)) watch.s3 = std::move(s3);
  }

  void read_order(domain::S3Watch& s3) {
    if (auto const* order = keys_.take("order")) {
      constexpr std::array<std::string_view, 2> words{"any", "append"};
      if (auto const word = reader_.word(*order, words)) s3.append = *word == 1;
    }
    auto const* full = keys_.take("full_every");
    auto const time = full ? reader_.duration(*full, 1s, 24h * 7) : std::nullopt;
    if (time && *time < s3.every)
      reader_.source().error(full->span, "'full_every' is shorter than 'every'",
                             "everything is listed 'every' so often anyway; 'full_every' is for the slower beat");
    else if (time)
      s3.full_every = *time;
    else
      s3.full_every = std::max(s3.full_every, s3.every);
  }

  bool read_address(Node const& node, domain::S3Watch& s3) {
    auto const text = reader_.text(node);
    if (!text) return false;
    auto address = domain::parse_s3_address(*text);
    if (!address) {
      reader_.mismatch(node, "s3://BUCKET/PREFIX/", "write s3://bucket/ for all of a bucket");
    } else if (!is_bucket(address->bucket)) {
      reader_.source().error(node.span, "'" + address->bucket + "' is not a name of a bucket",
                             "3 to 63 small letters, digits, '-' and '.'");
    } else if (text->find("${") != std::string::npos) {
      reader_.source().error(node.span, "templates are not used in what is watched");
    } else if (address->key.find_first_of("*?[") != std::string::npos) {
      reader_.source().error(node.span, "a prefix is no glob", "say which keys below it with 'files'");
    } else if (!address->key.empty() && !address->key.ends_with('/')) {
      reader_.source().error(node.span, "the prefix has to end in '/'", "write '" + *text + "/'");
    } else {
      s3.bucket = std::move(address->bucket);
      s3.prefix = std::move(address->key);
      return true;
    }
    return false;
  }

  /// Old buckets may have capital letters and '_', and up to 255 characters.
  static bool is_bucket(std::string_view name) {
    auto const fits = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
             c == '_';
    };
    return name.size() >= 3 && name.size() <= 255 && std::ranges::all_of(name, fits);
  }

  void read_settle(Node const& node, domain::WatchSpec& watch) {
    if (keys_.has("s3")) {
      reader_.source().error(node.span, "'settle' is not for S3", "an object appears whole; leave it out");
    } else if (auto const quiet = reader_.duration(node, 0ms, 24h)) {
      watch.settle = *quiet;
    }
  }

  void read_mount(Node const& node, domain::WatchSpec& watch) {
    constexpr std::array<std::string_view, 3> words{"file", "folder", "source"};
    auto const word = reader_.word(node, words);
    if (!word) return;
    watch.mount = static_cast<domain::Mount>(*word);
    if (keys_.has("s3") && watch.mount != domain::Mount::file)
      reader_.source().error(node.span, "of S3 only the object itself can be mounted", "write file, or leave it out");
  }

  void read_snapshot(Node const& node, domain::WatchSpec& watch) {
    constexpr std::array<std::string_view, 4> words{"none", "copy", "reflink", "hardlink"};
    auto const word = reader_.word(node, words);
    if (!word) return;
    watch.snapshot = static_cast<domain::Snapshot>(*word);
    if (watch.snapshot == domain::Snapshot::none) return;
    if (keys_.has("s3"))
      reader_.source().error(node.span, "an object is fetched to a file of its own in any case", "leave snapshot out");
    else if (watch.mount != domain::Mount::file)
      reader_.source().error(node.span, "a snapshot is of one file, and mount asks for more",
                             "write mount: file, or leave snapshot out");
  }

  void read_path(Node const& node, domain::WatchSpec& watch) {
    auto const path = reader_.text(node);
    if (!path) return;
    if (path->starts_with("s3://")) {
      reader_.source().error(node.span, "a bucket is no path", "write s3: " + *path);
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
      auto const at = since->kind == Node::Kind::scalar ? core::parse_time(since->text) : std::nullopt;
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

/// Whether something may belong to both.
bool both_have(domain::WatchSpec const& a, domain::WatchSpec const& b) {
  if (a.s3 && b.s3)
    return a.s3->connection == b.s3->connection && a.s3->bucket == b.s3->bucket &&
           (a.s3->prefix.starts_with(b.s3->prefix) || b.s3->prefix.starts_with(a.s3->prefix));
  return !a.s3 && !b.s3 && !a.path.empty() && !b.path.empty() && overlaps(a.path, b.path);
}

/// One command line cannot take a file from one watch and a URL from another.
void check_fetch(Reader const& reader, std::vector<domain::WatchSpec> const& watches, Places const& places) {
  auto const by_url = [](domain::WatchSpec const& watch) { return watch.s3 && !watch.s3->fetch; };
  auto const place = places.find("watch.fetch");
  if (place == places.end() || std::ranges::none_of(watches, by_url) || std::ranges::all_of(watches, by_url)) return;
  reader.source().error(place->second, "'fetch: false' holds for all watches of a pipeline or for none",
                        "make two pipelines of it");
}

std::string told(domain::WatchSpec const& watch) {
  return watch.s3 ? "s3://" + watch.s3->bucket + "/" + watch.s3->prefix : watch.path;
}

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
    auto const name = "watch[" + std::to_string(watches.size()) + "]";
    auto watch = WatchReader(reader, *map).read(name, places);
    for (auto const& other : watches)
      if (both_have(watch, other))
        reader.source().error(places.at(name + (watch.s3 ? ".s3" : ".path")),
                              "'" + told(watch) + "' overlaps with '" + told(other) + "'",
                              "a file would belong to both; watch the upper one and say which files");
    watches.push_back(std::move(watch));
  }
  check_fetch(reader, watches, places);
  return watches;
}

}  // namespace config
