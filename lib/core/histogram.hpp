#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace core {

/// How many of the numbers that were added are at most so large; counters of it only grow. Pure.
class Histogram {
 public:
  /// `bounds` ascend and outlive this: a constexpr array.
  explicit Histogram(std::span<double const> bounds) : bounds_(bounds), upto_(bounds.size()) {}

  /// What lies beyond the last bound is in count() and sum() alone.
  void add(double value) noexcept;
  [[nodiscard]] std::span<double const> bounds() const noexcept { return bounds_; }
  /// For each bound, how many are at most so large: cumulative.
  [[nodiscard]] std::span<std::int64_t const> upto() const noexcept { return upto_; }
  [[nodiscard]] std::int64_t count() const noexcept { return count_; }
  [[nodiscard]] double sum() const noexcept { return sum_; }

 private:
  std::span<double const> bounds_;
  std::vector<std::int64_t> upto_;
  std::int64_t count_ = 0;
  double sum_ = 0;
};

}  // namespace core
