#include "config/daemon_config.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
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
    path(top_, "secrets_dir", config_.secrets_dir);
    if (auto const* node = map("engine")) read_engine(*node);
    if (auto const* node = top_.take("registries")) config_.registries = read_registries(reader_, *node);
    if (auto const* node = top_.take("docker_config")) read_docker_config(*node);
    if (auto const* node = map("api")) config_.api = read_api(reader_, *node);
    if (auto const* node = map("limits")) read_limits(*node);
    if (auto const* node = top_.take("policy")) config_.policy = read_policy(reader_, *node);
    if (auto const* node = map("storage")) read_storage(*node);
    if (auto const* node = map("staging")) read_staging(*node);
    if (auto const* node = map("log")) read_log(*node);
    if (auto const* node = top_.take("s3")) config_.s3 = read_s3_connections(reader_, *node);
    if (auto const* node = top_.take("webhooks")) config_.webhooks = read_webhooks(reader_, *node);
    if (auto const* node = map("retention")) read_retention(*node);
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
    if (auto const* silence = keys.take("pull_silence"))
      if (auto const longest = reader_.duration(*silence, std::chrono::seconds(1), std::chrono::hours(24)))
        config_.pull_silence = *longest;
    auto const* tls = keys.take("tls");
    keys.finish();
    auto const text = host == nullptr ? std::nullopt : reader_.text(*host);
    if (!text) return;
    constexpr std::string_view scheme = "unix://";
    if (text->starts_with(scheme)) {
      check_path(*host, text->substr(scheme.size()), config_.engine_socket);
      check_socket(*host, config_.engine_socket);
      if (tls != nullptr)
        reader_.source().error(tls->span, "`tls` is for an engine at tcp://", "leave it out: a socket needs none");
    } else if (text->starts_with("tcp://")) {
      read_remote_engine(*host, text->substr(6), tls);
    } else if (text->starts_with("ssh://")) {
      reader_.source().error(host->span, "engines over ssh are not built yet",
                             "write tcp://HOST:2376 with `tls`, or unix:///var/run/docker.sock");
    } else {
      reader_.mismatch(*host, "unix:///PATH or tcp://HOST:PORT", "write unix:///var/run/docker.sock");
    }
  }

  void read_remote_engine(Node const& host, std::string_view address, Node const* tls) {
    RemoteEngine engine;
    bool const is_v6 = address.starts_with('[');
    auto const end = is_v6 ? address.find(']') : address.find(':');
    engine.host = address.substr(is_v6 ? 1 : 0, end == address.npos ? end : end - (is_v6 ? 1 : 0));
    auto port = end == address.npos ? std::string_view() : address.substr(end + (is_v6 ? 1 : 0));
    unsigned number = engine.port;
    bool is_port = port.empty();
    if (port.starts_with(':')) {
      port.remove_prefix(1);
      auto const [stop, error] = std::from_chars(port.data(), port.data() + port.size(), number);
      is_port = error == std::errc() && stop == port.data() + port.size() && number > 0 && number < 65'536;
    }
    if (engine.host.empty() || engine.host.find_first_of("/?#@ ") != engine.host.npos || !is_port ||
        (is_v6 && end == address.npos))
      return reader_.mismatch(host, "tcp://HOST:PORT", "write tcp://docker-host.example.org:2376");
    engine.port = static_cast<std::uint16_t>(number);
    if (tls == nullptr) {
      reader_.source().error(host.span,
                             "an engine over TCP needs `tls`: without it whoever reaches the port is root on its host",
                             "write tls: {ca: /path.pem, cert: /path.pem, key: /path.pem}");
      return;
    }
    if (!reader_.expect(*tls, Node::Kind::map, "a map: {ca: /path.pem, cert: /path.pem, key: /path.pem}")) return;
    MapReader keys(reader_, *tls, "engine.tls");
    if (auto const* ca = keys.require("ca", "the authority that signed the engine's certificate, PEM"))
      read_place(*ca, engine.ca);
    if (auto const* cert = keys.require("cert", "the certificate that the engine is shown, PEM"))
      read_place(*cert, engine.cert);
    if (auto const* key = keys.require("key", "that certificate's key, PEM")) read_place(*key, engine.key);
    keys.finish();
    config_.remote_engine = std::move(engine);
  }

  /// An absolute path, or the name of one of systemd's credentials.
  void read_place(Node const& node, std::string& into) {
    auto const text = reader_.text(node);
    if (!text) return;
    if (!text->empty() && text->find('/') == text->npos)
      into = *text;
    else
      check_path(node, *text, into);
  }

  void read_docker_config(Node const& node) { read_place(node, config_.docker_config); }

  void read_limits(Node const& node) {
    MapReader keys(reader_, node, "limits");
    if (auto const* runs = keys.take("runs"))
      if (auto const count = reader_.integer(*runs, 1, 10'000)) config_.runs = static_cast<int>(*count);
    if (auto const* starts = keys.take("starts"))
      if (auto const count = reader_.integer(*starts, 1, 1'000)) config_.starts = static_cast<int>(*count);
    if (auto const* cpus = keys.take("cpus"))
      if (auto const most = reader_.real(*cpus)) {
        if (*most < 0.01 || *most > 65'536)
          reader_.source().error(cpus->span, cpus->text + " is out of range", "it may be 0.01 to 65536");
        else
          config_.limit_cpus = *most;
      }
    if (auto const* memory = keys.take("memory"))
      if (auto const bytes = reader_.bytes(*memory, std::int64_t{6} << 20)) config_.limit_memory = *bytes;
    if (auto const* gpus = keys.take("gpus"))
      if (auto const count = reader_.integer(*gpus, 1, 1024)) config_.limit_gpus = static_cast<int>(*count);
    keys.finish();
  }

  void read_storage(Node const& node) {
    MapReader keys(reader_, node, "storage");
    if (auto const* min_free = keys.take("min_free"))
      if (auto const bytes = reader_.bytes(*min_free, 0)) config_.min_free = *bytes;
    if (auto const* inodes = keys.take("min_free_inodes")) read_inodes(*inodes);
    keys.finish();
  }

  void read_inodes(Node const& node) {
    if (node.kind == Node::Kind::scalar)
      if (auto const bound = core::parse_percent_or_count(node.text)) {
        config_.min_free_inodes = *bound;
        return;
      }
    reader_.mismatch(node, "a number of inodes, or a part of all", "write min_free_inodes: 5%");
  }

  void read_age(MapReader& keys, std::string_view key, std::optional<std::chrono::milliseconds>& into) {
    auto const* node = keys.take(key);
    if (node == nullptr) return;
    if (node->kind == Node::Kind::scalar && node->text == "never")
      into.reset();
    else if (auto const age = reader_.duration(*node, std::chrono::seconds(1), std::chrono::hours(24 * 36'500)))
      into = *age;
  }

  void read_retention(Node const& node) {
    MapReader keys(reader_, node, "retention");
    auto& rules = config_.retention;
    read_age(keys, "logs", rules.logs);
    read_age(keys, "artifacts", rules.artifacts);
    if (auto const* last = keys.take("keep_last"))
      if (auto const count = reader_.integer(*last, 0, 100'000)) rules.keep_last = *count;
    if (auto const* low = keys.take("when_disk_low")) {
      constexpr std::array<std::string_view, 2> words{"keep", "remove_oldest"};
      if (auto const word = reader_.word(*low, words)) rules.make_room = *word == 1;
    }
    read_age(keys, "images", rules.images);
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
  std::vector<std::string> owns{config.state_dir, config.engine_socket, config.api.socket, config.pipelines_dir,
                                config.secrets_dir};
  if (config.remote_engine && config.remote_engine->key.starts_with('/')) owns.push_back(config.remote_engine->key);
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
  for (auto const& [host, account] : config.registries)
    if (account.password_file.starts_with('/')) owns.push_back(account.password_file);
  if (config.docker_config.starts_with('/')) owns.push_back(config.docker_config);
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
