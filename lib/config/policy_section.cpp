#include "config/policy_section.hpp"

#include "config/container_section.hpp"
#include "config/map_reader.hpp"

namespace config {
namespace {

std::vector<std::string> patterns(Reader const& reader, Node const& node) {
  for (auto const& item : node.items)
    if (item.kind == Node::Kind::scalar) (void)reader.check_glob(item);
  return reader.texts(node, Reader::ListForm::list);
}

std::map<std::string, std::vector<std::string>> read_secrets(Reader const& reader, Node const& node) {
  std::map<std::string, std::vector<std::string>> secrets;
  if (!reader.expect(node, Node::Kind::map, "a map such as {sensor_api_key: [\"sensor-*\"]}")) return secrets;
  for (auto const& entry : node.entries) {
    if (!domain::is_secret_name(entry.key))
      reader.source().error(entry.key_span, "'" + entry.key + "' is not a name of a secret",
                            "small letters, digits and '_', a letter first, at most 63");
    else if (reader.expect(entry.value, Node::Kind::list, "a list of globs over names of pipelines"))
      secrets.emplace(entry.key, patterns(reader, entry.value));
  }
  return secrets;
}

}  // namespace

Policy read_policy(Reader const& reader, Node const& node) {
  Policy policy;
  if (!reader.expect(node, Node::Kind::map, "a map")) return policy;
  MapReader keys(reader, node, "policy");
  if (auto const* images = keys.require("images", "write [\"*\"] to allow every image"))
    policy.images = patterns(reader, *images);
  if (auto const* paths = keys.require("paths", "write [\"*\"] to allow every path")) {
    policy.watch_paths = policy.volumes = patterns(reader, *paths);
    for (auto const& item : paths->items)
      if (item.kind == Node::Kind::scalar && !item.text.starts_with('/') && item.text != "*")
        reader.source().error(item.span, "the glob has to be absolute", "it starts with '/', as in \"/srv/data/**\"");
  }
  policy.buckets.clear();
  if (auto const* buckets = keys.take("buckets")) {
    policy.buckets = patterns(reader, *buckets);
    for (auto const& item : buckets->items)
      if (item.kind == Node::Kind::scalar && item.text.starts_with("s3:"))
        reader.source().error(item.span, "the glob starts with the bucket's name", "as in \"lab-data/incoming/**\"");
  }
  if (auto const* networks = keys.take("networks")) policy.networks = patterns(reader, *networks);
  if (auto const* max_mem = keys.take("max_mem")) policy.max_mem = reader.bytes(*max_mem, least_memory);
  policy.max_gpus = 0;
  if (auto const* max_gpus = keys.take("max_gpus")) {
    if (max_gpus->kind == Node::Kind::scalar && max_gpus->text == "all")
      policy.max_gpus.reset();
    else if (auto const most = reader.integer(*max_gpus, 0, 1024))
      policy.max_gpus = static_cast<int>(*most);
  }
  if (auto const* secrets = keys.take("secrets")) policy.secrets = read_secrets(reader, *secrets);
  keys.finish();
  return policy;
}

}  // namespace config
