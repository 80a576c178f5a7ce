#include "core/ulid.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/random.hpp"

namespace core {

namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

}  // namespace

std::string make_ulid(Wall now) {
  std::array<unsigned char, 16> bytes{};
  auto ms = static_cast<std::uint64_t>(to_ms(now));
  for (std::size_t i = 6; i-- > 0; ms >>= 8) bytes[i] = static_cast<unsigned char>(ms & 0xff);
  fill_random(std::span(bytes).subspan(6));

  // 26 characters carry 130 bits: the first holds the top 3 bits only.
  std::string text(26, '0');
  unsigned accumulator = 0;
  int bits = 0;
  std::size_t byte = bytes.size();
  for (std::size_t i = text.size(); i-- > 0;) {
    if (bits < 5 && byte > 0) {
      accumulator |= static_cast<unsigned>(bytes[--byte]) << bits;
      bits += 8;
    }
    text[i] = alphabet[accumulator & 31U];
    accumulator >>= 5;
    bits -= 5;
  }
  return text;
}

bool is_ulid(std::string_view text) noexcept {
  if (text.size() != 26 || text[0] > '7') return false;
  return text.find_first_not_of(alphabet) == std::string_view::npos;
}

std::string random_hex(std::size_t bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::vector<unsigned char> raw(bytes);
  fill_random(raw);
  std::string text;
  text.reserve(bytes * 2);
  for (auto const value : raw) {
    text += digits[value >> 4];
    text += digits[value & 15U];
  }
  return text;
}

}  // namespace core
