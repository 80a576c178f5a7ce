#pragma once

#include <vector>

#include "config/reader.hpp"
#include "domain/pipeline.hpp"

namespace config {

/// Reads `watch:`, one map or a list of them; notes the places of "watch[i].path", "watch[i].s3" and
/// "watch[i].connection", and of the first `fetch` as "watch.fetch".
[[nodiscard]] std::vector<domain::WatchSpec> read_watch(Reader const& reader, Node const& node, Places& places);

}  // namespace config
