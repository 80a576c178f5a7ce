#pragma once

#include <string>

namespace core {

/// Another one after each start of the machine; empty where the kernel does not tell.
[[nodiscard]] std::string boot_id();

}  // namespace core
