#include "api/metrics_text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <vector>

#include "core/utf8.hpp"

namespace api {

namespace {

void append_escaped(std::string& text, std::string_view value) {
  // Line feeds are among what to_display() shows in another way.
  for (char const c : core::to_display(value)) {
    if (c == '\\' || c == '"') text += '\\';
    text += c;
  }
}

}  // namespace

std::string metric_number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 32> digits{};
  auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  return {digits.data(), end};
}

void MetricsText::family(std::string_view name, Type type, std::string_view help) {
  constexpr std::array<std::string_view, 3> types{"counter", "gauge", "histogram"};
  name_ = name;
  text_.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ");
  text_.append(name).append(" ").append(types[static_cast<std::size_t>(type)]).append("\n");
}

void MetricsText::sample(std::string_view suffix, double value, Labels labels) {
  line(suffix, metric_number(value), {labels.begin(), labels.size()});
}

void MetricsText::sample(std::string_view suffix, std::int64_t value, Labels labels) {
  line(suffix, std::to_string(value), {labels.begin(), labels.size()});
}

void MetricsText::histogram(core::Histogram const& histogram, Labels labels) {
  std::vector<Label> with_bound(labels);
  with_bound.emplace_back("le", "");
  for (std::size_t i = 0; i < histogram.bounds().size(); ++i) {
    auto const bound = metric_number(histogram.bounds()[i]);
    with_bound.back().second = bound;
    line("_bucket", std::to_string(histogram.upto()[i]), with_bound);
  }
  with_bound.back().second = "+Inf";
  line("_bucket", std::to_string(histogram.count()), with_bound);
  sample("_sum", histogram.sum(), labels);
  sample("_count", histogram.count(), labels);
}

void MetricsText::line(std::string_view suffix, std::string_view value, std::span<Label const> labels) {
  text_.append(name_).append(suffix);
  char separator = '{';
  for (auto const& [name, label] : labels) {
    text_.append(1, separator).append(name).append("=\"");
    append_escaped(text_, label);
    text_ += '"';
    separator = ',';
  }
  if (separator == ',') text_ += '}';
  text_.append(" ").append(value).append("\n");
}

}  // namespace api
