#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "docker/engine.hpp"

namespace orchestrator {

/// Log lines as Kubernetes' CRI writes them: "TIMESTAMP stdout|stderr P|F TEXT\n", P for a line that goes on in the
/// next record. Bytes are kept as they came, but for the newline that ends the record.
[[nodiscard]] std::string to_cri(std::vector<docker::LogFrame> const& frames);

/// Appends to an attempt's log while it runs; `fresh` begins the file anew. Blocking: worker threads only.
[[nodiscard]] core::Result<void> append_log(std::filesystem::path const& file, std::string const& text, bool fresh);

/// Replaces the live log by the complete one that was read after the end: fsync, rename. Blocking: worker threads only.
[[nodiscard]] core::Result<void> replace_log(std::filesystem::path const& file, std::filesystem::path const& complete);

}  // namespace orchestrator
