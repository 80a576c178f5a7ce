#include "config/container_section.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "config/image_reference.hpp"
#include "config/paths.hpp"
#include "config/volume_section.hpp"
#include "domain/template.hpp"

namespace config {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_secrets = 16;
constexpr std::int64_t most_gpus = 1024;
constexpr std::int64_t least_log = std::int64_t{64} << 10;

bool is_name(std::string_view text, std::string_view more) {
  return !text.empty() && std::ranges::all_of(text, [more](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           more.find(c) != std::string_view::npos;
  });
}

class ContainerReader {
 public:
  ContainerReader(Reader const& reader, MapReader& top, std::vector<std::string> const& names, Places& places,
                  domain::PipelineSpec& spec)
      : reader_(reader), top_(top), names_(names), places_(places), spec_(spec) {}

  void read() {
    read_image();
    if (auto const* node = top_.take("entrypoint")) spec_.entrypoint = arguments(*node, "entrypoint", false);
    if (auto const* node = top_.take("init"))
      if (auto const flag = reader_.boolean(*node)) spec_.init = *flag;
    if (auto const* node = top_.take("command")) spec_.command = arguments(*node, "command", true);
    if (auto const* node = top_.take("environment")) read_environment(*node);
    if (auto const* node = top_.take("volumes")) spec_.volumes = read_volumes(reader_, *node, places_);
    if (auto const* node = top_.take("secrets")) read_secrets(*node);
    read_limits();
    read_identity();
    if (auto const* node = top_.take("network_mode")) read_network(*node);
    read_times();
    if (auto const* node = top_.take("retries")) read_retries(*node);
    check_network();
  }

 private:
  SourceText& source() const { return reader_.source(); }

  void read_image() {
    if (auto const* node = top_.require("image", "say which image the analysis runs in: image: r-base:4.4.2")) {
      places_.emplace("image", node->span);
      if (auto image = reader_.text(*node)) {
        if (auto const complaint = image_complaint(*image); !complaint.empty()) source().error(node->span, complaint);
        spec_.image = std::move(*image);
      }
    }
    if (auto const* node = top_.take("pull_policy")) {
      constexpr std::array<std::string_view, 3> words{"always", "missing", "never"};
      if (auto const word = reader_.word(*node, words)) spec_.pull_policy = static_cast<domain::PullPolicy>(*word);
    }
  }

  std::vector<std::string> arguments(Node const& node, std::string_view key, bool templates) {
    std::vector<std::string> list;
    if (node.kind != Node::Kind::list) {
      reader_.mismatch(node, "a list",
                       std::string("there is no shell that would split a text; write ") +
                           (templates ? "[\"--input\", \"${input.path}\"]" : "[\"Rscript\", \"/app/qc.R\"]"));
      return list;
    }
    for (auto const& item : node.items) {
      auto text = reader_.loose_text(item);
      if (!text) continue;
      if (templates)
        check_template(item);
      else if (auto const at = text->find("${"); at != std::string::npos)
        source().error(reader_.inside(item, at, 2), "templates are not used in '" + std::string(key) + "'",
                       "put it into 'command'");
      list.push_back(std::move(*text));
    }
    return list;
  }

  void check_template(Node const& node, std::size_t skip = 0) {
    auto const compiled = domain::Template::compile(std::string_view(node.text).substr(skip), names_);
    if (compiled) return check_input_names(node, *compiled, skip);
    for (auto const& error : compiled.error())
      source().error(reader_.inside(node, error.offset + skip, error.length), error.message, error.hint);
  }

  /// Of a file there is a path and a hash, of an object that is not fetched a URL.
  void check_input_names(Node const& node, domain::Template const& text, std::size_t skip) {
    bool const by_url = domain::gets_url(spec_);
    for (auto const* const name : {"input.path", "input.sha256", "input.url_file"}) {
      bool const is_url = std::string_view(name) == "input.url_file";
      if (is_url == by_url || !text.uses(name)) continue;
      auto const written = "${" + std::string(name) + "}";
      auto at = node.text.find(written, skip);
      while (at > skip && node.text[at - 1] == '$') at = node.text.find(written, at + 1);  // "$${" is a text
      source().error(reader_.inside(node, std::min(at, node.text.size()), written.size()),
                     "'" + written + "' stands for nothing " + (by_url ? "with" : "without") + " 'fetch: false'",
                     by_url ? "the object is not downloaded: write '${input.url_file}', the file with its URL"
                            : "the object is downloaded: write '${input.path}', or 'fetch: false' under 'watch'");
    }
  }

  /// Whoever is given a URL has to reach it.
  void check_network() {
    auto const fetch = places_.find("watch.fetch");
    if (fetch == places_.end() || !domain::gets_url(spec_) || spec_.network_mode != "none") return;
    source().error(fetch->second, "'fetch: false' needs a network, and network_mode is none",
                   "write network_mode: bridge, which policy.networks of tidewheeld.yaml has to allow");
  }

  void read_environment(Node const& node) {
    if (node.kind == Node::Kind::map) {
      for (auto const& entry : node.entries) {
        if (entry.value.kind == Node::Kind::null) {
          source().error(entry.key_span, "'" + entry.key + "' has no value",
                         "nothing is taken over from the daemon's environment; write \"\" for an empty value");
        } else if (auto value = reader_.loose_text(entry.value)) {
          check_template(entry.value);
          add_variable(entry.key, std::move(*value), entry.key_span);
        }
      }
      return;
    }
    if (!reader_.expect(node, Node::Kind::list, "a map, or a list of NAME=value")) return;
    for (auto const& item : node.items) {
      auto const text = reader_.text(item);
      if (!text) continue;
      auto const equals = text->find('=');
      if (equals == std::string::npos) {
        source().error(item.span, "expected NAME=value, found " + describe(item),
                       "nothing is taken over from the daemon's environment");
        continue;
      }
      check_template(item, equals + 1);
      add_variable(text->substr(0, equals), text->substr(equals + 1), item.span);
    }
  }

  void add_variable(std::string const& name, std::string value, Span span) {
    if (!is_name(name, "") || (name[0] >= '0' && name[0] <= '9'))
      source().error(span, "'" + name + "' is not a name of an environment variable", "letters, digits and '_'");
    else if (name.starts_with("TIDEWHEEL_") || name == "TRACEPARENT")
      source().error(span, "'" + name + "' is set by Tidewheel", "choose another name");
    else if (!spec_.environment.emplace(name, std::move(value)).second)
      source().error(span, "'" + name + "' is given twice");
  }

  void read_secrets(Node const& node) {
    if (!reader_.expect(node, Node::Kind::list, "a list of names such as [sensor_api_key]")) return;
    if (node.items.size() > most_secrets)
      source().error(node.span, "more than " + std::to_string(most_secrets) + " secrets", "put several into one file");
    for (auto const& item : node.items) {
      auto name = reader_.text(item);
      if (!name) continue;
      if (!domain::is_secret_name(*name))
        source().error(item.span, describe(item) + " is not a name of a secret",
                       "small letters, digits and '_', a letter first, at most 63");
      else if (std::ranges::find(spec_.secrets, *name) != spec_.secrets.end())
        source().error(item.span, describe(item) + " is in the list twice");
      else {
        places_.emplace("secrets[" + std::to_string(spec_.secrets.size()) + "]", item.span);
        spec_.secrets.push_back(std::move(*name));
      }
    }
    check_secrets_folder();
  }

  /// A volume there would hide the secrets, or be in the way of making their files.
  void check_secrets_folder() {
    for (std::size_t i = 0; i < spec_.volumes.size() && !spec_.secrets.empty(); ++i) {
      auto const place = places_.find("volumes[" + std::to_string(i) + "]");
      if (place != places_.end() && overlaps(spec_.volumes[i].target, domain::secrets_folder))
        source().error(place->second, "nothing can be mounted at '" + spec_.volumes[i].target + "' beside 'secrets'",
                       "they are files in " + std::string(domain::secrets_folder));
    }
  }

  void read_gpus(Node const& node) {
    places_.emplace("gpus", node.span);
    if (node.kind == Node::Kind::list) {
      for (auto const& item : node.items) {
        auto const id = reader_.loose_text(item);
        if (!id) continue;
        if (!is_name(*id, "-:."))
          source().error(item.span, describe(item) + " is not an id of a device",
                         "as in [\"0\", \"1\"], or [GPU-3a23c669]");
        else
          spec_.gpus.devices.push_back(*id);
      }
      if (node.items.empty()) source().error(node.span, "the list is empty", "leave 'gpus' out for none");
    } else if (node.kind == Node::Kind::scalar && node.text == "all") {
      spec_.gpus.count = -1;
    } else if (auto const count = reader_.integer(node, 1, most_gpus)) {
      spec_.gpus.count = static_cast<int>(*count);
    }
  }

  void read_limits() {
    if (auto const* node = top_.take("mem_limit")) {
      places_.emplace("mem_limit", node->span);
      if (auto const bytes = reader_.bytes(*node, least_memory)) spec_.mem_limit = *bytes;
    }
    if (auto const* node = top_.take("gpus")) read_gpus(*node);
    if (auto const* node = top_.take("cpus"))
      if (auto const cpus = reader_.real(*node)) {
        if (*cpus < 0.01 || *cpus > 4096)
          source().error(node->span, node->text + " is out of range", "it may be 0.01 to 4096");
        else
          spec_.cpus = *cpus;
      }
    if (auto const* node = top_.take("pids_limit"))
      if (auto const pids = reader_.integer(*node, 1, 4'194'304)) spec_.pids_limit = *pids;
    if (auto const* node = top_.take("max_running"))
      if (auto const most = reader_.integer(*node, 1, 10'000)) spec_.max_running = static_cast<int>(*most);
    if (auto const* node = top_.take("priority"))
      if (auto const rank = reader_.integer(*node, -100, 100)) spec_.priority = static_cast<int>(*rank);
    if (auto const* node = top_.take("out_limit"))
      if (auto const bytes = reader_.bytes(*node, 1)) spec_.out_limit = *bytes;
    if (auto const* node = top_.take("log_limit"))
      if (auto const bytes = reader_.bytes(*node, least_log)) spec_.log_limit = *bytes;
    read_order();
  }

  /// Which runs go one after another, and what newer data does to one that goes on.
  void read_order() {
    auto const* by = top_.take("serialize_by");
    if (auto text = by == nullptr ? std::nullopt : reader_.text(*by)) {
      auto const names = domain::serialize_names();
      if (auto const compiled = domain::Template::compile(by->text, names); !compiled)
        for (auto const& error : compiled.error())
          source().error(reader_.inside(*by, error.offset, error.length), error.message, error.hint);
      else
        spec_.serialize_by = std::move(*text);
    }
    auto const* overlap = top_.take("overlap");
    if (overlap == nullptr) return;
    constexpr std::array<std::string_view, 3> words{"queue", "latest", "cancel"};
    auto const word = reader_.word(*overlap, words);
    if (!word || *word == 0) return;
    if (by != nullptr && spec_.serialize_by.find("${input.key}") == std::string::npos)
      source().error(overlap->span,
                     "'overlap: " + overlap->text + "' is for runs on one item, and 'serialize_by' is of several",
                     "write serialize_by: \"${input.key}\", or overlap: queue");
    else if (by == nullptr)
      source().error(overlap->span, "'overlap: " + overlap->text + "' needs 'serialize_by'",
                     "write serialize_by: \"${input.key}\" beside it");
    // `latest` is what holds for one item anyhow: a newer version takes the place of one that waits.
    if (*word == 2) spec_.overlap = domain::Overlap::cancel;
  }

  void read_identity() {
    if (auto const* node = top_.take("user"))
      if (auto user = reader_.loose_text(*node)) {
        auto const colon = std::min(user->find(':'), user->size());
        auto const group = std::string_view(*user).substr(std::min(colon + 1, user->size()));
        if (!is_name(user->substr(0, colon), ".-") || (colon < user->size() && !is_name(group, ".-")))
          source().error(node->span, describe(*node) + " is not a user", "write a name, an id, or user:group");
        spec_.user = std::move(*user);
      }
    auto const* groups = top_.take("group_add");
    if (groups == nullptr || !reader_.expect(*groups, Node::Kind::list, "a list of groups")) return;
    for (auto const& item : groups->items) {
      auto group = reader_.loose_text(item);
      if (!group) continue;
      if (!is_name(*group, ".-"))
        source().error(item.span, describe(item) + " is not a group", "write a name or an id");
      else if (std::ranges::find(spec_.group_add, *group) != spec_.group_add.end())
        source().error(item.span, describe(item) + " is in the list twice");
      else
        spec_.group_add.push_back(std::move(*group));
    }
  }

  void read_network(Node const& node) {
    places_.emplace("network_mode", node.span);
    auto network = reader_.text(node);
    if (!network) return;
    if (network->starts_with("container:") || network->starts_with("service:"))
      source().error(node.span, "a run cannot share the network of another container",
                     "write none, bridge or a network's name");
    else if (!is_name(*network, ".-"))
      source().error(node.span, describe(node) + " is not a network's name");
    else
      spec_.network_mode = std::move(*network);
  }

  void read_times() {
    if (auto const* node = top_.take("timeout"))
      if (auto const timeout = reader_.duration(*node, 1s, 24h * 365)) spec_.timeout = *timeout;
    if (auto const* node = top_.take("stop_grace_period"))
      if (auto const grace = reader_.duration(*node, 0ms, 24h)) spec_.stop_grace_period = *grace;
  }

  void read_retries(Node const& node) {
    if (!reader_.expect(node, Node::Kind::map, "a map such as {max: 2, backoff: 30s}")) return;
    MapReader keys(reader_, node, "retries");
    if (auto const* max = keys.take("max"))
      if (auto const count = reader_.integer(*max, 0, 100)) spec_.retries.max = static_cast<int>(*count);
    if (auto const* backoff = keys.take("backoff"))
      if (auto const pause = reader_.duration(*backoff, 0ms, 24h)) spec_.retries.backoff = *pause;
    if (auto const* conditions = keys.take("if")) read_conditions(*conditions);
    keys.finish();
  }

  void read_conditions(Node const& node) {
    if (!reader_.expect(node, Node::Kind::list, "a list such as [75, interrupted]")) return;
    auto& retries = spec_.retries;
    auto& codes = retries.exit_codes;
    codes.clear();
    retries.interrupted = false;
    std::map<std::string_view, bool*> const words{
        {"interrupted", &retries.interrupted}, {"oom", &retries.oom}, {"timeout", &retries.timeout}};
    for (auto const& item : node.items) {
      bool twice = false;
      auto const word = item.kind == Node::Kind::scalar ? words.find(item.text) : words.end();
      if (word != words.end()) {
        twice = std::exchange(*word->second, true);
      } else if (item.kind != Node::Kind::scalar || scalar_type(item) != ScalarType::integer) {
        reader_.mismatch(item, "an exit code, 'oom', 'timeout' or 'interrupted'");
      } else if (auto const code = reader_.integer(item, 1, 255)) {
        twice = std::ranges::find(codes, static_cast<int>(*code)) != codes.end();
        if (!twice) codes.push_back(static_cast<int>(*code));
      }
      if (twice) source().error(item.span, describe(item) + " is in the list twice");
    }
  }

  Reader const& reader_;
  MapReader& top_;
  std::vector<std::string> const& names_;
  Places& places_;
  domain::PipelineSpec& spec_;
};

}  // namespace

void read_container(Reader const& reader, MapReader& top, std::vector<std::string> const& names, Places& places,
                    domain::PipelineSpec& spec) {
  ContainerReader(reader, top, names, places, spec).read();
}

}  // namespace config
