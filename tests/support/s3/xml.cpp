#include "support/s3/xml.hpp"

#include <array>
#include <chrono>

namespace support::s3 {

namespace {

using Plain = std::array<bool, 256>;

constexpr Plain make_plain(std::string_view others) {
  Plain plain{};
  for (unsigned c = '0'; c <= '9'; ++c) plain[c] = true;
  for (unsigned c = 'A'; c <= 'Z'; ++c) plain[c] = true;
  for (unsigned c = 'a'; c <= 'z'; ++c) plain[c] = true;
  for (char const c : others) plain[static_cast<unsigned char>(c)] = true;
  return plain;
}

constexpr Plain plain_in_url = make_plain("-_.*/");
constexpr Plain plain_in_rgw = make_plain("-_.*~()'!");

constexpr Plain plain_in_xml = [] {
  Plain plain{};
  for (unsigned c = 0x20; c < 256; ++c) plain[c] = c != '&' && c != '<' && c != '>' && c != '"';
  plain['\n'] = plain['\t'] = true;
  return plain;
}();

void append_url(std::string& out, unsigned char byte, bool plus) {
  if (byte == ' ' && plus) {
    out += '+';
    return;
  }
  out += '%';
  out += "0123456789ABCDEF"[byte >> 4U];
  out += "0123456789ABCDEF"[byte & 15U];
}

void append_escaped(std::string& out, unsigned char byte) {
  switch (byte) {
    case '&':
      out += "&amp;";
      return;
    case '<':
      out += "&lt;";
      return;
    case '>':
      out += "&gt;";
      return;
    case '"':
      out += "&quot;";
      return;
    default:
      out += "&#x";
      if (byte >= 16) out += "0123456789abcdef"[byte >> 4U];
      out += "0123456789abcdef"[byte & 15U];
      out += ';';
  }
}

void append_number(std::string& out, unsigned number, int width) {
  std::array<char, 8> digits{};
  for (int i = width; i-- > 0; number /= 10) digits[static_cast<std::size_t>(i)] = static_cast<char>('0' + number % 10);
  out.append(digits.data(), static_cast<std::size_t>(width));
}

struct Civil {
  unsigned year, month, day, hour, minute, second, ms, weekday;
};

Civil to_civil(std::int64_t ms) {
  std::chrono::sys_time<std::chrono::milliseconds> const at{std::chrono::milliseconds(ms)};
  auto const day = std::chrono::floor<std::chrono::days>(at);
  std::chrono::year_month_day const date(day);
  std::chrono::weekday const weekday(day);
  auto const rest = static_cast<unsigned>((at - day).count());
  return {static_cast<unsigned>(static_cast<int>(date.year())),
          static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()),
          rest / 3'600'000,
          rest / 60'000 % 60,
          rest / 1000 % 60,
          rest % 1000,
          weekday.c_encoding()};
}

}  // namespace

void append_key(std::string& out, std::string_view key, KeyText text) {
  auto const& plain = text == KeyText::xml ? plain_in_xml : text == KeyText::url_rgw ? plain_in_rgw : plain_in_url;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < key.size(); ++i) {
    auto const byte = static_cast<unsigned char>(key[i]);
    if (plain[byte]) continue;
    out.append(key, begin, i - begin);
    begin = i + 1;
    if (text == KeyText::xml)
      append_escaped(out, byte);
    else
      append_url(out, byte, text == KeyText::url_plus);
  }
  out.append(key, begin);
}

void append_element(std::string& out, std::string_view name, std::string_view value) {
  out.append("<").append(name).append(">");
  append_key(out, value, KeyText::xml);
  out.append("</").append(name).append(">");
}

void append_iso_date(std::string& out, std::int64_t ms) {
  auto const c = to_civil(ms);
  append_number(out, c.year, 4);
  out += '-';
  append_number(out, c.month, 2);
  out += '-';
  append_number(out, c.day, 2);
  out += 'T';
  append_number(out, c.hour, 2);
  out += ':';
  append_number(out, c.minute, 2);
  out += ':';
  append_number(out, c.second, 2);
  out += '.';
  append_number(out, c.ms, 3);
  out += 'Z';
}

std::string http_date(std::int64_t ms) {
  constexpr std::string_view days = "SunMonTueWedThuFriSat", months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  auto const c = to_civil(ms);
  std::string out(days.substr(c.weekday * 3, 3));
  out += ", ";
  append_number(out, c.day, 2);
  out.append(" ").append(months.substr((c.month - 1) * 3, 3)).append(" ");
  append_number(out, c.year, 4);
  out += ' ';
  append_number(out, c.hour, 2);
  out += ':';
  append_number(out, c.minute, 2);
  out += ':';
  append_number(out, c.second, 2);
  return out + " GMT";
}

}  // namespace support::s3
