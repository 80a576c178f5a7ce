#pragma once

#include <string_view>

#include "domain/pipeline.hpp"

namespace domain {

/// "above" or "below": the bound of `alert:` beyond which a value lies; empty where it lies within, or is no number.
[[nodiscard]] std::string_view crossed_bound(OutputSpec const& output, Value const& value) noexcept;

}  // namespace domain
