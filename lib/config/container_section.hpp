#pragma once

#include <string>
#include <vector>

#include "config/map_reader.hpp"
#include "domain/pipeline.hpp"

namespace config {

inline constexpr std::int64_t least_memory = std::int64_t{6} << 20;  ///< Docker refuses less than 6 MB

/// Reads the keys of a pipeline that describe its container (image ... retries) out of `top`. `names` are what
/// templates may use. Notes the places of "image", "network_mode", "mem_limit", "volumes[i]" and
/// "secrets[i]".
void read_container(Reader const& reader, MapReader& top, std::vector<std::string> const& names, Places& places,
                    domain::PipelineSpec& spec);

}  // namespace config
