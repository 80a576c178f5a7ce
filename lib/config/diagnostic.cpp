#include "config/diagnostic.hpp"

#include <algorithm>

#include "core/utf8.hpp"

namespace config {
namespace {

bool starts_character(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

/// What stands below the first `characters` of `line`: tabs stay tabs, so that the caret lines up in any terminal.
std::string padding(std::string const& line, std::size_t characters) {
  std::string text;
  for (std::size_t i = 0; i < line.size() && characters > 0; ++i) {
    if (!starts_character(line[i])) continue;
    text += line[i] == '\t' ? '\t' : ' ';
    --characters;
  }
  return text + std::string(characters, ' ');
}

}  // namespace

std::string render(Diagnostic const& d) {
  auto const file = core::to_display(d.file);
  if (d.line == 0) {
    auto text = file + ": error: " + d.message;
    return d.hint.empty() ? text + "\n" : text + "\n  " + d.hint + "\n";
  }
  auto text = file + ":" + std::to_string(d.line) + ":" + std::to_string(d.column) + ": error: " + d.message + "\n";
  auto const number = std::to_string(d.line);
  auto const gutter = std::max<std::size_t>(number.size(), 5);
  text += std::string(gutter - number.size(), ' ') + number + " | " + d.source_line + "\n";
  text += std::string(gutter, ' ') + " | " + padding(d.source_line, d.column - 1) + "^" +
          std::string(std::max<std::size_t>(d.length, 1) - 1, '~');
  return text + (d.hint.empty() ? "" : " " + d.hint) + "\n";
}

std::string render(std::vector<Diagnostic> const& diagnostics) {
  std::string text;
  for (auto const& diagnostic : diagnostics) text += render(diagnostic);
  if (diagnostics.size() > 1) text += std::to_string(diagnostics.size()) + " errors\n";
  return text;
}

}  // namespace config
