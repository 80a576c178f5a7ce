#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cli {

enum class Colour : std::uint8_t { none, green, red, yellow, blue, faint };

/// What the output may look like. Colours only on a terminal, never with NO_COLOR (no-color.org) or TERM=dumb, and
/// never alone: there is always a word.
struct Terminal {
  std::optional<std::size_t> width;  ///< columns of stdout; nullopt when it is no terminal
  bool colours = false;
  bool utf8 = true;  ///< the locale can show more than ASCII

  [[nodiscard]] static Terminal of_stdout();
  [[nodiscard]] std::string paint(std::string_view text, Colour colour) const;
};

/// Columns that UTF-8 text takes, counted as code points.
[[nodiscard]] std::size_t columns_of(std::string_view text) noexcept;
/// At most `columns` columns, the last one an ellipsis where something was cut.
[[nodiscard]] std::string cut(std::string_view text, std::size_t columns, bool utf8);

/// Lines of text with everything but their newlines made safe for a terminal.
[[nodiscard]] std::string displayed(std::string_view lines);

/// A line for a person on stderr; control characters are made visible.
void say(std::string_view message);

}  // namespace cli
