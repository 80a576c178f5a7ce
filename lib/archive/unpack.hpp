#pragma once

#include <filesystem>
#include <string>

#include "archive/unpacker.hpp"

namespace archive {

/// Unpacks what `tar` (a file or pipe, read to its end) holds into the open folder `destination`. Blocking: worker
/// threads only. `strip`, errors and what stays behind after one: see Unpacker, which also takes a stream as it comes.
[[nodiscard]] core::Result<Unpacked> unpack(int tar, int destination, Limits limits, std::string strip = "out");
/// The same by names; `destination` is an empty folder.
[[nodiscard]] core::Result<Unpacked> unpack(std::filesystem::path const& tar, std::filesystem::path const& destination,
                                            Limits limits, std::string strip = "out");

}  // namespace archive
