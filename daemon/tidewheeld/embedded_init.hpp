#pragma once

#include <string_view>

namespace tidewheeld {

/// The bytes of tidewheel-init, linked into this binary.
[[nodiscard]] std::string_view embedded_init() noexcept;

}  // namespace tidewheeld
