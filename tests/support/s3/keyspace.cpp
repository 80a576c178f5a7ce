#include "support/s3/keyspace.hpp"

#include <algorithm>
#include <stdexcept>

namespace support::s3 {

namespace {

constexpr std::string_view pattern = "data/site-0000/day-000/reading-0000000000.csv";
constexpr std::size_t site_end = 14, day_end = 22, reading_end = 41;
constexpr std::int64_t first_second = 1'767'225'600;  // 2026-01-01T00:00:00Z
constexpr std::uint64_t seconds = 200ULL * 86'400;
constexpr std::uint64_t least_size = 128, sizes = 65'536;

void write_digits(std::string& text, std::size_t end, int width, std::uint64_t number) {
  for (int i = 0; i < width; ++i, number /= 10) text[--end] = static_cast<char>('0' + number % 10);
}

/// splitmix64 (Steele, Lea and Flood 2014).
std::uint64_t mix(std::uint64_t value) noexcept {
  value += 0x9e3779b97f4a7c15ULL;
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31U);
}

void write_hex(char* out, std::uint64_t value) noexcept {
  for (int i = 0; i < 16; ++i, value >>= 4U) out[i] = "0123456789abcdef"[value & 15U];
}

}  // namespace

Keyspace::Keyspace(std::uint64_t count, std::uint64_t seed) : count_(count), seed_(seed) {
  if (count > most) throw std::invalid_argument("a synthetic bucket has at most 10,000,000,000 keys");
}

void Keyspace::key_of(std::uint64_t index, std::string& out) {
  out = pattern;
  write_digits(out, site_end, 4, index / 1'000'000);
  write_digits(out, day_end, 3, index / 1'000 % 1'000);
  write_digits(out, reading_end, 10, index);
}

Facts Keyspace::facts_of(std::uint64_t index) const noexcept {
  auto const first = mix(seed_ ^ mix(index));
  auto const second = mix(first);
  Facts facts;
  write_hex(facts.etag.data(), first);
  write_hex(facts.etag.data() + 16, second);
  facts.size = least_size + (first >> 16U) % sizes;
  facts.modified_ms = (first_second + static_cast<std::int64_t>((second >> 16U) % seconds)) * 1000;
  return facts;
}

std::uint64_t Keyspace::lower_bound(std::string_view key) const {
  std::uint64_t low = 0, high = count_;
  std::string middle_key;
  while (low < high) {
    auto const middle = low + (high - low) / 2;
    key_of(middle, middle_key);
    if (middle_key < key)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

std::string Keyspace::body_of(std::uint64_t index) const {
  std::string body(facts_of(index).size, '\0');
  auto state = mix(seed_ + index);
  for (auto& byte : body) {
    state = state * 6'364'136'223'846'793'005ULL + 1'442'695'040'888'963'407ULL;
    byte = static_cast<char>('a' + (state >> 33U) % 26);
  }
  return body;
}

}  // namespace support::s3
