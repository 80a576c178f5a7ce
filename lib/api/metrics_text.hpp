#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "core/histogram.hpp"

namespace api {

/// Prometheus' text format, version 0.0.4. Families come one after another, each with its samples. Pure.
class MetricsText {
 public:
  enum class Type : std::uint8_t { counter, gauge, histogram };
  using Label = std::pair<std::string_view, std::string_view>;
  using Labels = std::initializer_list<Label>;

  static constexpr std::string_view media_type = "text/plain; version=0.0.4; charset=utf-8";

  void family(std::string_view name, Type type, std::string_view help);
  /// Of the family that was named last.
  void sample(double value, Labels labels = {}) { sample("", value, labels); }
  void sample(std::int64_t value, Labels labels = {}) { sample("", value, labels); }
  /// `suffix`: "_bucket", "_sum" or "_count" of a histogram.
  void sample(std::string_view suffix, double value, Labels labels);
  void sample(std::string_view suffix, std::int64_t value, Labels labels);
  /// All samples of one histogram.
  void histogram(core::Histogram const& histogram, Labels labels);
  /// A family of one sample.
  template <class Number>
  void single(std::string_view name, Type type, std::string_view help, Number value) {
    family(name, type, help);
    sample(value);
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void line(std::string_view suffix, std::string_view value, std::span<Label const> labels);

  std::string text_;
  std::string name_;
};

/// The shortest text that reads back to the same number: "0.5", "1e+20", "+Inf".
[[nodiscard]] std::string metric_number(double value);

}  // namespace api
