#include "config/s3_connection.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "config/map_reader.hpp"
#include "config/paths.hpp"

namespace config {
namespace {

constexpr std::string_view credential_forms = "write file:/path, env, profile:NAME or auto";

bool is_connection_name(std::string_view name) {
  auto const fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !name.empty() && name.size() <= 63 && name[0] >= 'a' && name[0] <= 'z' && std::ranges::all_of(name, fits);
}

bool is_region(std::string_view name) {
  auto const fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, fits);
}

bool is_aws(std::string_view endpoint) {
  return endpoint.ends_with(".amazonaws.com") || endpoint.ends_with(".amazonaws.com.cn");
}

class ConnectionReader {
 public:
  ConnectionReader(Reader const& reader, Node const& map, std::string name)
      : reader_(reader), map_(map), keys_(reader, map, "s3"), name_(std::move(name)) {}

  S3Connection read() {
    S3Connection connection;
    auto const* region = keys_.take("region");
    if (region != nullptr) read_region(*region, connection);
    auto const* endpoint = keys_.take("endpoint");
    if (endpoint != nullptr)
      read_endpoint(*endpoint, connection);
    else if (region != nullptr)
      connection.endpoint = "https://s3." + connection.region + ".amazonaws.com";
    else
      reader_.source().error(map_.span, "a connection needs an 'endpoint'",
                             "write https://host, or only a region for Amazon's own S3");
    connection.addressing = is_aws(connection.endpoint) ? S3Addressing::virtual_host : S3Addressing::path;
    if (auto const* addressing = keys_.take("addressing")) {
      constexpr std::array<std::string_view, 2> words{"path", "virtual"};
      if (auto const word = reader_.word(*addressing, words)) connection.addressing = static_cast<S3Addressing>(*word);
    }
    connection.lists_per_minute = is_aws(connection.endpoint) ? amazon_lists_per_minute : 0;
    if (auto const* lists = keys_.take("lists_per_minute"))
      if (auto const count = reader_.integer(*lists, 0, 1'000'000))
        connection.lists_per_minute = static_cast<int>(*count);
    if (auto const* file = keys_.take("ca_file"))
      if (auto path = reader_.text(*file)) check_path(*file, *path, connection.ca_file);
    if (auto const* credentials = keys_.take("credentials")) read_credentials(*credentials, connection.credentials);
    if (auto const* secret = keys_.take("hints_secret")) read_hints_secret(*secret, connection.hints_secret);
    refuse_secrets();
    keys_.finish();
    return connection;
  }

 private:
  void read_region(Node const& node, S3Connection& connection) {
    auto region = reader_.text(node);
    if (!region) return;
    if (is_region(*region))
      connection.region = std::move(*region);
    else
      reader_.source().error(node.span, "'" + *region + "' is not a region", "such as eu-central-1");
  }

  void read_endpoint(Node const& node, S3Connection& connection) {
    auto text = reader_.text(node);
    if (!text) return;
    while (text->ends_with('/')) text->pop_back();
    auto const scheme = text->find("://");
    bool const known = text->starts_with("https://") || text->starts_with("http://");
    auto const host = known ? text->substr(scheme + 3) : std::string();
    if (text->find('@') != std::string::npos)
      reader_.source().file_error("s3." + name_ + ".endpoint: secrets do not belong into this file",
                                  "take them out of the address, and say where they are: credentials: file:/path");
    else if (host.empty() || host.find_first_of("/?# ") != std::string::npos)
      reader_.mismatch(node, "https://HOST or http://HOST:PORT", "without a bucket or a path behind it");
    else
      connection.endpoint = std::move(*text);
  }

  void check_path(Node const& node, std::string const& text, std::string& into) {
    if (is_normal_absolute(text))
      into = text;
    else
      reader_.source().error(node.span, "the path has to be absolute and in its normal form", "it starts with '/'");
  }

  void read_credentials(Node const& node, S3Credentials& credentials) {
    using Kind = S3Credentials::Kind;
    auto const text = reader_.text(node);
    if (!text) return;
    if (*text == "auto") {
      credentials.kind = Kind::automatic;
    } else if (*text == "env") {
      credentials.kind = Kind::environment;
    } else if (text->starts_with("file:")) {
      credentials.kind = Kind::file;
      read_file(node, text->substr(5), credentials.value);
    } else if (text->starts_with("profile:") && text->size() > 8) {
      credentials.kind = Kind::profile;
      credentials.value = text->substr(8);
    } else {
      // Without the place, which would show what stands there: it may be a key.
      reader_.source().file_error("s3." + name_ + ".credentials does not say where they are",
                                  std::string(credential_forms));
    }
  }

  void read_file(Node const& node, std::string const& path, std::string& into) {
    if (!path.empty() && path.find('/') == std::string::npos)
      into = path;  // a name: one of systemd's credentials
    else
      check_path(node, path, into);
  }

  void read_hints_secret(Node const& node, std::string& into) {
    auto const text = reader_.text(node);
    if (!text) return;
    if (text->starts_with("file:"))
      read_file(node, text->substr(5), into);
    else  // without the place: the secret itself may stand there
      reader_.source().file_error("s3." + name_ + ".hints_secret does not say where it is", "write file:/path");
  }

  /// What people try, and must not: this file is readable to many.
  void refuse_secrets() {
    for (auto const* key : {"access_key", "secret_key", "access_key_id", "secret_access_key", "session_token"})
      if (keys_.take(key) != nullptr)
        reader_.source().file_error("s3." + name_ + "." + key + ": secrets do not belong into this file",
                                    "take it out, and say where they are: credentials: file:/path");
  }

  Reader const& reader_;
  Node const& map_;
  MapReader keys_;
  std::string name_;  ///< of the connection
};

}  // namespace

S3Connections read_s3_connections(Reader const& reader, Node const& node) {
  S3Connections connections;
  if (!reader.expect(node, Node::Kind::map, "a map of connections", "write s3: {acme: {endpoint: https://host}}"))
    return connections;
  for (auto const& entry : node.entries) {
    if (!is_connection_name(entry.key))
      reader.source().error(entry.value.span, "'" + entry.key + "' is not a name of a connection",
                            "small letters, digits and '-', a letter first, at most 63");
    if (reader.expect(entry.value, Node::Kind::map, "a map", "write {endpoint: https://host, credentials: auto}"))
      connections.emplace(entry.key, ConnectionReader(reader, entry.value, entry.key).read());
  }
  return connections;
}

}  // namespace config
