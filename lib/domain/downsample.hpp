#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace domain {

/// Which of these values a line needs that has room for `points` of them (at least 4): all of them if they fit, else
/// the first, the last, and of each of equally long stretches between them its smallest and its largest, so that no
/// spike is lost. Values that are no numbers (NaN) are left out. Indexes, ascending.
[[nodiscard]] std::vector<std::size_t> downsample(std::span<double const> values, std::size_t points);

}  // namespace domain
