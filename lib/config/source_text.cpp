#include "config/source_text.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "core/utf8.hpp"

namespace config {
namespace {

constexpr std::size_t most_diagnostics = 100;
constexpr std::size_t longest_line_shown = 400;

std::size_t characters(std::string_view bytes) noexcept {
  return static_cast<std::size_t>(
      std::ranges::count_if(bytes, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// The line for a terminal, one character for one, so that columns still fit.
std::string shown_line(std::string_view line) {
  std::string text(line.substr(0, longest_line_shown));
  while (text.size() < line.size() && !text.empty() && !core::is_utf8(text) && longest_line_shown - text.size() < 4)
    text.pop_back();  // half a character at the cut
  bool const valid = core::is_utf8(text);
  for (char& c : text) {
    auto const byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t') || byte == 0x7F || (byte >= 0x80 && !valid)) c = '?';
  }
  return text;
}

}  // namespace

SourceText::SourceText(std::string_view text, std::string_view file) : text_(text), file_(file), line_starts_{0} {
  for (std::size_t i = 0; i < text_.size(); ++i)
    if (text_[i] == '\n') line_starts_.push_back(i + 1);
}

std::string_view SourceText::line_text(std::size_t line) const noexcept {
  auto const start = line_starts_[line];
  auto const end = line + 1 < line_starts_.size() ? line_starts_[line + 1] - 1 : text_.size();
  auto const whole = std::string_view(text_).substr(start, end - start);
  return whole.ends_with('\r') ? whole.substr(0, whole.size() - 1) : whole;
}

std::size_t SourceText::offset_of(std::size_t line, std::size_t column) const noexcept {
  if (line >= line_starts_.size()) return text_.size();
  return std::min(line_starts_[line] + column, text_.size());
}

void SourceText::error(Span span, std::string message, std::string hint) {
  if (diagnostics_.size() >= most_diagnostics) {
    ++left_out_;
    return;
  }
  span.offset = std::min(span.offset, text_.size());
  auto const after = std::ranges::upper_bound(line_starts_, span.offset);
  auto const line = static_cast<std::size_t>(after - line_starts_.begin()) - 1;
  auto const text = line_text(line);
  auto const before = std::min(span.offset - line_starts_[line], text.size());
  auto const marked = text.substr(before, span.length);
  diagnostics_.push_back({file_, line + 1, characters(text.substr(0, before)) + 1,
                          std::max<std::size_t>(characters(marked), 1), std::move(message), std::move(hint),
                          shown_line(text)});
}

void SourceText::file_error(std::string message, std::string hint) {
  diagnostics_.push_back({file_, 0, 0, 1, std::move(message), std::move(hint), {}});
}

std::vector<Diagnostic> SourceText::diagnostics() const {
  // By place, and where that is the same in the order of their finding.
  std::vector<std::size_t> order(diagnostics_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {},
                    [this](std::size_t i) { return std::tuple(diagnostics_[i].line, diagnostics_[i].column, i); });
  std::vector<Diagnostic> sorted;
  for (auto const i : order) sorted.push_back(diagnostics_[i]);
  if (left_out_ > 0)
    sorted.push_back({file_, 0, 0, 1, std::to_string(left_out_) + " more errors are not shown", {}, {}});
  return sorted;
}

}  // namespace config
