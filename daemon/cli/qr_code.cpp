#include "qr_code.hpp"

#include <qrencode.h>

#include <memory>

namespace cli {

namespace {

constexpr int quiet = 2;  // modules; the standard asks for 4, scanners of screens do with less
constexpr auto black_on_white = "\x1b[30;47m", plain = "\x1b[0m";

struct Free {
  void operator()(QRcode* code) const noexcept { QRcode_free(code); }
};

bool is_dark(QRcode const& code, int x, int y) {
  bool const inside = x >= 0 && y >= 0 && x < code.width && y < code.width;
  return inside && (code.data[y * code.width + x] & 1) != 0;
}

}  // namespace

std::string qr_code(std::string const& text) {
  std::unique_ptr<QRcode, Free> const code(QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_L));
  if (!code) return {};
  std::string picture;
  for (int y = -quiet; y < code->width + quiet; y += 2) {
    picture += black_on_white;
    for (int x = -quiet; x < code->width + quiet; ++x) {
      bool const upper = is_dark(*code, x, y), lower = is_dark(*code, x, y + 1);
      picture += upper && lower ? "█" : upper ? "▀" : lower ? "▄" : " ";
    }
    picture += plain + std::string("\n");
  }
  return picture;
}

}  // namespace cli
