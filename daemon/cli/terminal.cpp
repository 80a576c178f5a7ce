#include "terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <iostream>

#include "core/utf8.hpp"

namespace cli {

namespace {

std::string_view environment(char const* name) {
  auto const* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

bool locale_is_utf8() {
  for (auto const* const name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    auto const value = environment(name);
    if (value.empty()) continue;
    return ::strcasestr(value.data(), "utf-8") != nullptr || ::strcasestr(value.data(), "utf8") != nullptr;
  }
  return false;
}

char const* code_of(Colour colour) {
  switch (colour) {
    case Colour::green:
      return "\x1b[32m";
    case Colour::red:
      return "\x1b[31m";
    case Colour::yellow:
      return "\x1b[33m";
    case Colour::blue:
      return "\x1b[34m";
    case Colour::faint:
      return "\x1b[2m";
    case Colour::none:
      break;
  }
  return "";
}

bool starts_character(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

}  // namespace

Terminal Terminal::of_stdout() {
  Terminal terminal;
  terminal.utf8 = locale_is_utf8();
  if (::isatty(STDOUT_FILENO) == 0) return terminal;
  winsize size{};
  auto const known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  terminal.width = known ? size.ws_col : std::size_t{80};
  terminal.colours = environment("NO_COLOR").empty() && environment("TERM") != "dumb";
  return terminal;
}

std::string Terminal::paint(std::string_view text, Colour colour) const {
  if (!colours || colour == Colour::none) return std::string(text);
  return code_of(colour) + std::string(text) + "\x1b[0m";
}

std::size_t columns_of(std::string_view text) noexcept {
  std::size_t columns = 0;
  for (auto const c : text) columns += starts_character(c) ? 1U : 0U;
  return columns;
}

std::string cut(std::string_view text, std::size_t columns, bool utf8) {
  if (columns_of(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::size_t end = 0;
  for (std::size_t seen = 0; end < text.size(); ++end) {
    if (!starts_character(text[end])) continue;
    if (seen++ == columns - 1) break;
  }
  return std::string(text.substr(0, end)) + (utf8 ? "…" : ">");
}

std::string displayed(std::string_view lines) {
  std::string safe;
  while (!lines.empty()) {
    auto const newline = lines.find('\n');
    safe += core::to_display(lines.substr(0, newline)) + '\n';
    lines.remove_prefix(newline == std::string_view::npos ? lines.size() : newline + 1);
  }
  return safe;
}

void say(std::string_view message) {
  std::cerr << displayed(message);
}

}  // namespace cli
