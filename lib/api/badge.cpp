#include "api/badge.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "core/utf8.hpp"

namespace api {

namespace {

constexpr std::size_t longest = 60;  ///< characters of each half

struct Colour {
  std::string_view hex, name;
};

/// Dark enough for white text (WCAG AA).
Colour colour_of(Badge::Look look) {
  switch (look) {
    case Badge::Look::good:
      return {"#1f6f43", "green"};
    case Badge::Look::doubtful:
      return {"#8a5a00", "orange"};
    case Badge::Look::bad:
      return {"#a3302a", "red"};
    case Badge::Look::unknown:
      break;
  }
  return {"#5a6270", "lightgrey"};
}

bool begins_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
}

/// Readable, of bounded length.
std::string shorten(std::string const& text) {
  auto const shown = core::to_display(text);
  std::size_t characters = 0;
  for (std::size_t i = 0; i < shown.size(); ++i)
    if (begins_character(shown[i]) && ++characters > longest) return shown.substr(0, i) + "…";
  return shown;
}

std::string escape(std::string_view text) {
  std::string xml;
  for (char const c : text) {
    if (c == '&')
      xml += "&amp;";
    else if (c == '<')
      xml += "&lt;";
    else if (c == '>')
      xml += "&gt;";
    else if (c == '"')
      xml += "&quot;";
    else if (static_cast<unsigned char>(c) < 0x20)
      xml += ' ';
    else
      xml += c;
  }
  return xml;
}

std::size_t width_of(std::string_view text) {
  std::size_t characters = 0;
  for (char const c : text) characters += begins_character(c) ? 1U : 0U;
  return characters * 7 + 14;  // of an 11 px Verdana, about
}

}  // namespace

std::string to_svg(Badge const& badge) {
  auto const label = shorten(badge.label);
  auto const message = shorten(badge.message);
  auto const left = width_of(label);
  auto const right = width_of(message);
  auto const number = [](std::size_t value) { return std::to_string(value); };
  auto const words = escape(label) + ": " + escape(message);
  return R"(<svg xmlns="http://www.w3.org/2000/svg" height="20" width=")" + number(left + right) +
         R"(" role="img" aria-label=")" + words + R"("><title>)" + words +
         R"(</title><rect rx="3" height="20" width=")" + number(left + right) +
         R"(" fill="#3a3f4a"/><rect rx="3" height="20" x=")" + number(left) + R"(" width=")" + number(right) +
         R"(" fill=")" + std::string(colour_of(badge.look).hex) +
         R"("/><g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11"><text x=")" +
         number(left / 2) + R"(" y="14">)" + escape(label) + R"(</text><text x=")" + number(left + right / 2) +
         R"(" y="14">)" + escape(message) + "</text></g></svg>\n";
}

std::string to_shields_json(Badge const& badge) {
  boost::json::object object;
  object["schemaVersion"] = 1;
  object["label"] = shorten(badge.label);
  object["message"] = shorten(badge.message);
  object["color"] = colour_of(badge.look).name;
  return boost::json::serialize(object);
}

}  // namespace api
