#pragma once

#include <string>

namespace cli {

/// A QR code as half blocks, two rows of modules a line, with the quiet zone that scanners need. Dark on light whatever
/// the terminal's colours are, by ANSI colours. Empty: the text is too long for one.
[[nodiscard]] std::string qr_code(std::string const& text);

}  // namespace cli
