#pragma once

#include <array>
#include <span>

#include "api/static_files.hpp"

namespace dashboard {

/// The files of this folder, as they were when the daemon was built.
[[nodiscard]] std::span<api::Asset const> assets() noexcept;

}  // namespace dashboard
