#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/reader.hpp"

namespace config {

/// One entry of `webhooks:` in the daemon's configuration: whom pipelines may tell (`notify:`).
struct Webhook {
  std::string url;      ///< https://..., http:// to this host alone; never empty
  std::string secret;   ///< file with `whsec_...`: its absolute path, or the name of a systemd credential
  std::string ca_file;  ///< authorities believed beside the system's; empty: those alone
  std::vector<std::string> pipelines{"*"};  ///< globs over the names of pipelines that may use it
};
using Webhooks = std::map<std::string, Webhook>;  ///< by name

/// Reads `webhooks:`, a map of them.
[[nodiscard]] Webhooks read_webhooks(Reader const& reader, Node const& node);

}  // namespace config
