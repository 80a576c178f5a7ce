#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "docker/engine.hpp"
#include "orchestrator/log_cursor.hpp"

namespace orchestrator {

class FinishedLog;

/// Log lines as Kubernetes' CRI writes them: "TIMESTAMP stdout|stderr P|F TEXT\n", P for a line that goes on in the
/// next record. Bytes are kept as they came, but for the newline that ends the record.
[[nodiscard]] std::string to_cri(std::vector<docker::LogFrame> const& frames);

/// Appends to an attempt's log while it runs; `fresh` begins the file anew. Blocking: worker threads only.
[[nodiscard]] core::Result<void> append_log(std::filesystem::path const& file, std::string const& text, bool fresh);

/// Where an attempt's log goes on after a restart of the daemon: behind what `cursor_file` says, with the log cut to
/// the length that it had then; or, without a cursor, anew from the beginning. Blocking.
[[nodiscard]] LogCursor open_live_log(std::filesystem::path const& file, std::filesystem::path const& cursor_file);

/// Appends, and notes how far the log is read where `cursor` says it. A file of `most` bytes ends with a line that says
/// so, and grows no more. Blocking.
[[nodiscard]] core::Result<void> append_live_log(std::filesystem::path const& file, std::string const& text,
                                                 std::filesystem::path const& cursor_file,
                                                 std::optional<LogCursor> const& cursor, std::int64_t most);

/// Where the engine has dropped the beginning of a long log, whose first record is of `from`: what the live log has
/// before that, and a line about the gap. Blocking.
[[nodiscard]] core::Result<void> keep_live_head(FinishedLog& whole, std::filesystem::path const& live,
                                                std::string const& from);

/// Replaces the live log by the complete one that was read after the end: fsync, rename. Blocking: worker threads only.
[[nodiscard]] core::Result<void> replace_log(std::filesystem::path const& file, std::filesystem::path const& complete);

}  // namespace orchestrator
