#include "core/histogram.hpp"

namespace core {

void Histogram::add(double value) noexcept {
  ++count_;
  sum_ += value;
  for (std::size_t i = 0; i < bounds_.size(); ++i)
    if (value <= bounds_[i]) ++upto_[i];
}

}  // namespace core
