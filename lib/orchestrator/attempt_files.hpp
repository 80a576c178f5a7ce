#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "orchestrator/container_plan.hpp"

namespace orchestrator {

/// Lays out what is bound into an attempt's container: command, params.json, and the writable single files record,
/// bundle and outputs (0666 in a 0700 folder, so that any user in the container can write them and the daemon can
/// remove them); without an init only params.json and outputs. An existing record is kept: it may bear a start mark.
/// Blocking: worker threads only.
[[nodiscard]] core::Result<void> lay_out(std::filesystem::path const& folder, ContainerPlan const& plan);

/// Makes the attempt's folder (0700) if it is not there.
[[nodiscard]] core::Result<void> make_attempt_folder(std::filesystem::path const& folder);

/// Writes a secret of the attempt, as the presigned URL of its input is one: a file, with nothing added. Any user in
/// the container can read it (which one it is, only the image may know); on the host the folder's mode keeps others
/// out. Blocking.
[[nodiscard]] core::Result<void> lay_secret(std::filesystem::path const& file, std::string_view bytes);

/// Writes a file that came out of a container of another host. Blocking.
[[nodiscard]] core::Result<void> keep_fetched(std::filesystem::path const& file, std::string_view bytes);

/// At most `limit` bytes of a regular file; empty when it cannot be read. Blocking.
[[nodiscard]] std::string read_bounded(std::filesystem::path const& file, std::size_t limit);

}  // namespace orchestrator
