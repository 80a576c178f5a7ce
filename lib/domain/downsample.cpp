#include "domain/downsample.hpp"

#include <algorithm>
#include <cmath>

namespace domain {

std::vector<std::size_t> downsample(std::span<double const> values, std::size_t points) {
  std::vector<std::size_t> numbers;
  numbers.reserve(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isnan(values[i])) numbers.push_back(i);
  points = std::max<std::size_t>(points, 4);
  if (numbers.size() <= points) return numbers;

  std::vector<std::size_t> kept{numbers.front()};
  auto const inner = std::span(numbers).subspan(1, numbers.size() - 2);
  auto const stretches = (points - 2) / 2;
  auto const by_value = [&values](std::size_t a, std::size_t b) { return values[a] < values[b]; };
  for (std::size_t i = 0; i < stretches; ++i) {
    auto const begin = inner.size() * i / stretches;
    auto const end = inner.size() * (i + 1) / stretches;
    auto const stretch = inner.subspan(begin, end - begin);
    auto const [least, most] = std::ranges::minmax_element(stretch, by_value);
    kept.push_back(std::min(*least, *most));
    if (values[*least] < values[*most]) kept.push_back(std::max(*least, *most));
  }
  kept.push_back(numbers.back());
  return kept;
}

}  // namespace domain
