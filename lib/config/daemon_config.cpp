#include "config/daemon_config.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>

#include "config/map_reader.hpp"
#include "config/paths.hpp"
#include "config/policy_section.hpp"

namespace config {
namespace {

constexpr std::array<std::string_view, 5> level_names{"trace", "debug", "info", "warning", "error"};
constexpr std::size_t longest_socket_path = 107;  // sun_path of unix(7), less its NUL

bool is_instance(std::string_view text) {
  auto const alnum = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= 63 && alnum(text[0]) &&
         std::ranges::all_of(text, [&](char c) { return alnum(c) || c == '_' || c == '.' || c == '-'; });
}

std::string host_instance() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "tidewheel";
  auto text = std::string(name.data()).substr(0, 63);
  return is_instance(text) ? text : "tidewheel";
}

int default_starts() {
  return static_cast<int>(std::thread::hardware_concurrency()) + 1;
}

class DaemonReader {
 public:
  DaemonReader(Reader const& reader, Node const& root) : reader_(reader), top_(reader, root, "") {}

  DaemonConfig read() {
    if (auto const* node = top_.require("version", "write version: 1 at the top"))
      if (node->kind != Node::Kind::scalar || node->text != "1" || !node->plain)
        reader_.mismatch(*node, "1, the only version there is");
    read_instance();
    path(top_, "state_dir", config_.state_dir);
    path(top_, "pipelines_dir", config_.pipelines_dir);
    if (auto const* node = map("engine")) read_engine(*node);
    if (auto const* node = map("api")) config_.api = read_api(reader_, *node);
    if (auto const* node = map("limits")) read_limits(*node);
    if (auto const* node = top_.take("policy")) config_.policy = read_policy(reader_, *node);
    if (auto const* node = map("storage")) read_storage(*node);
    if (auto const* node = map("staging")) read_staging(*node);
    if (auto const* node = map("log")) read_log(*node);
    if (auto const* node = top_.take("s3")) config_.s3 = read_s3_connections(reader_, *node);
    if (auto const* node = top_.take("webhooks")) config_.webhooks = read_webhooks(reader_, *node);
    top_.not_built_yet({"retention"});
    top_.finish(true);
    return std::move(config_);
  }

 private:
  Node const* map(std::string_view key) {
    auto const* node = top_.take(key);
    return node != nullptr && reader_.expect(*node, Node::Kind::map, "a map") ? node : nullptr;
  }

  void path(MapReader& keys, std::string_view key, std::string& into) {
    auto const* node = keys.take(key);
    auto text = node == nullptr ? std::nullopt : reader_.text(*node);
    if (text) check_path(*node, *text, into);
  }

  void check_path(Node const& node, std::string const& text, std::string& into) {
    if (!text.starts_with('/'))
      reader_.source().error(node.span, "the path has to be absolute", "it starts with '/'");
    else if (!is_normal_absolute(text))
      reader_.source().error(node.span, "the path is not in its normal form", "write '" + normalized(text) + "'");
    else
      into = text;
  }

  void check_socket(Node const& node, std::string const& socket) {
    if (socket.size() > longest_socket_path)
      reader_.source().error(node.span, "the path is too long for a socket", "at most 107 bytes");
  }

  void read_instance() {
    auto const* node = top_.take("instance");
    auto text = node == nullptr ? std::nullopt : reader_.text(*node);
    if (!text) return;
    if (is_instance(*text))
      config_.instance = std::move(*text);
    else
      reader_.source().error(node->span, describe(*node) + " is not a name of an instance",
                             "letters, digits, '-', '_' and '.', a letter or digit first, at most 63");
  }

  void read_engine(Node const& node) {
    MapReader keys(reader_, node, "engine");
    auto const* host = keys.take("host");
    keys.not_built_yet({"tls"});
    keys.finish();
    auto const text = host == nullptr ? std::nullopt : reader_.text(*host);
    if (!text) return;
    constexpr std::string_view scheme = "unix://";
    if (text->starts_with(scheme)) {
      check_path(*host, text->substr(scheme.size()), config_.engine_socket);
      check_socket(*host, config_.engine_socket);
    } else if (text->starts_with("tcp://") || text->starts_with("ssh://")) {
      reader_.source().error(host->span, "engines over " + text->substr(0, 3) + " are not built yet",
                             "write unix:///var/run/docker.sock");
    } else {
      reader_.mismatch(*host, "unix:///PATH", "write unix:///var/run/docker.sock");
    }
  }

  void read_limits(Node const& node) {
    MapReader keys(reader_, node, "limits");
    if (auto const* runs = keys.take("runs"))
      if (auto const count = reader_.integer(*runs, 1, 10'000)) config_.runs = static_cast<int>(*count);
    if (auto const* starts = keys.take("starts"))
      if (auto const count = reader_.integer(*starts, 1, 1'000)) config_.starts = static_cast<int>(*count);
    keys.not_built_yet({"cpus", "memory"});
    keys.finish();
  }

  void read_storage(Node const& node) {
    MapReader keys(reader_, node, "storage");
    if (auto const* min_free = keys.take("min_free"))
      if (auto const bytes = reader_.bytes(*min_free, 0)) config_.min_free = *bytes;
    keys.not_built_yet({"min_free_inodes"});
    keys.finish();
  }

  void read_staging(Node const& node) {
    MapReader keys(reader_, node, "staging");
    if (auto const* downloads = keys.take("downloads"))
      if (auto const count = reader_.integer(*downloads, 1, 256)) config_.downloads = static_cast<int>(*count);
    if (auto const* max = keys.take("max_bytes"))
      if (auto const bytes = reader_.bytes(*max, 1)) config_.staging_max = *bytes;
    keys.finish();
  }

  void read_log(Node const& node) {
    MapReader keys(reader_, node, "log");
    if (auto const* level = keys.take("level"))
      if (auto const word = reader_.word(*level, level_names)) config_.log_level = static_cast<LogLevel>(*word);
    keys.finish();
  }

  Reader const& reader_;
  MapReader top_;
  DaemonConfig config_;
};

/// What depends on the host, and what pipelines can never ask for.
void complete(DaemonConfig& config) {
  if (config.instance.empty()) config.instance = host_instance();
  if (config.starts == 0) config.starts = default_starts();
  config.policy.connections.emplace();
  std::vector<std::string> owns{config.state_dir, config.engine_socket, config.api.socket, config.pipelines_dir};
  if (config.api.tls) owns.push_back(config.api.tls->key);
  for (auto const& [name, connection] : config.s3) {
    config.policy.connections->push_back(name);
    for (auto const* file : {&connection.credentials.value, &connection.hints_secret})
      if (file->starts_with('/')) owns.push_back(*file);
  }
  config.policy.webhooks.emplace();
  for (auto const& [name, hook] : config.webhooks) {
    config.policy.webhooks->emplace(name, hook.pipelines);
    if (hook.secret.starts_with('/')) owns.push_back(hook.secret);
  }
  for (auto const& own : owns)
    if (std::ranges::find(config.policy.forbidden_paths, own) == config.policy.forbidden_paths.end())
      config.policy.forbidden_paths.push_back(own);
}

}  // namespace

std::string_view to_string(LogLevel level) noexcept {
  return level_names[static_cast<std::size_t>(level)];
}

DaemonConfig default_daemon_config() {
  DaemonConfig config;
  complete(config);
  return config;
}

LoadedDaemonConfig load_daemon_config(std::string_view text, std::string_view file) {
  LoadedDaemonConfig loaded;
  SourceText source(text, file);
  auto const root = parse_document(source);
  if (root == nullptr || root->kind == Node::Kind::null) {
    if (source.clean()) source.file_error("the file is empty", "it needs at least version: 1");
  } else if (Reader const reader(source); reader.expect(*root, Node::Kind::map, "a map of the daemon's keys")) {
    auto config = DaemonReader(reader, *root).read();
    complete(config);
    if (source.clean()) loaded.config = std::move(config);
  }
  loaded.diagnostics = source.diagnostics();
  return loaded;
}

}  // namespace config
