#include "core/ulid.hpp"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace core {

namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void fill_random(unsigned char* bytes, std::size_t size) {
  while (size > 0) {
    auto const got = ::getrandom(bytes, size, 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      throw std::system_error(errno, std::generic_category(), "getrandom");
    }
    bytes += got;
    size -= static_cast<std::size_t>(got);
  }
}

}  // namespace

std::string make_ulid(Wall now) {
  std::array<unsigned char, 16> bytes{};
  auto ms = static_cast<std::uint64_t>(to_ms(now));
  for (std::size_t i = 6; i-- > 0; ms >>= 8) bytes[i] = static_cast<unsigned char>(ms & 0xff);
  fill_random(bytes.data() + 6, 10);

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
  std::string raw(bytes, '\0');
  fill_random(reinterpret_cast<unsigned char*>(raw.data()), raw.size());
  std::string text;
  text.reserve(bytes * 2);
  for (char const c : raw) {
    auto const value = static_cast<unsigned char>(c);
    text += digits[value >> 4];
    text += digits[value & 15U];
  }
  return text;
}

}  // namespace core
