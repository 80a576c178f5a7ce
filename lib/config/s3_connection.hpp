#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "config/reader.hpp"

namespace config {

/// Where the bucket's name stands in a request.
enum class S3Addressing : std::uint8_t { path, virtual_host };

/// Where credentials come from. The configuration never holds them.
struct S3Credentials {
  enum class Kind : std::uint8_t {
    automatic,    ///< environment, profiles, web identity, container, instance, in that order
    file,         ///< in the format of ~/.aws/credentials, profile `default`; a systemd credential is one
    environment,  ///< AWS_ACCESS_KEY_ID and its kin
    profile,      ///< of ~/.aws/credentials and config
  };
  Kind kind = Kind::automatic;
  std::string value;  ///< file: its absolute path, or the name of a systemd credential; profile: its name
};

/// `lists_per_minute` at Amazon, if nothing is said: 1 M objects in less than two minutes, and at most $4.32 a day.
constexpr int amazon_lists_per_minute = 600;

/// One entry of `s3:` in the daemon's configuration.
struct S3Connection {
  std::string endpoint;  ///< "https://s3.eu-central-1.amazonaws.com"; http or https, no path
  std::string region = "us-east-1";
  S3Addressing addressing = S3Addressing::path;
  /// Of all its buckets together; 0: no bound. Amazon bills requests ($5 a million), a server of one's own does not.
  int lists_per_minute = 0;
  std::string ca_file;  ///< empty: the system's certificate authorities
  S3Credentials credentials;
  /// A file with the secret that senders of hints have to show: its absolute path, or the name of a systemd credential;
  /// empty: none, whoever may operate may send hints.
  std::string hints_secret;
};
using S3Connections = std::map<std::string, S3Connection>;  ///< by name

/// Reads `s3:`, a map of connections.
[[nodiscard]] S3Connections read_s3_connections(Reader const& reader, Node const& node);

}  // namespace config
