#include "core/base64.hpp"

#include <algorithm>
#include <array>

namespace core {

namespace {

constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string to_base64(std::string_view bytes) {
  std::string text;
  for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(3, bytes.size()))) {
    std::array<unsigned, 3> in{};
    for (std::size_t i = 0; i < 3 && i < bytes.size(); ++i) in[i] = static_cast<unsigned char>(bytes[i]);
    auto const group = (in[0] << 16U) | (in[1] << 8U) | in[2];
    text += digits[group >> 18U];
    text += digits[(group >> 12U) & 63U];
    text += bytes.size() > 1 ? digits[(group >> 6U) & 63U] : '=';
    text += bytes.size() > 2 ? digits[group & 63U] : '=';
  }
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string bytes;
  for (; !text.empty(); text.remove_prefix(4)) {
    auto const last = text.size() == 4;
    std::size_t const pads = !last || text[3] != '=' ? 0 : text[2] == '=' ? 2 : 1;
    unsigned group = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      auto const digit = i >= 4 - pads ? 0 : digits.find(text[i]);
      if (digit == std::string_view::npos) return std::nullopt;
      group = (group << 6U) | static_cast<unsigned>(digit);
    }
    if ((pads == 1 && (group & 0xFFU) != 0) || (pads == 2 && (group & 0xFFFFU) != 0)) return std::nullopt;
    for (unsigned i = 0; i < 3 - pads; ++i) bytes += static_cast<char>((group >> (16U - 8U * i)) & 0xFFU);
  }
  return bytes;
}

}  // namespace core
