#pragma once

#include <span>

namespace core {

/// From the kernel (getrandom(2)), fit for secrets. Throws std::system_error.
void fill_random(std::span<unsigned char> bytes);

}  // namespace core
