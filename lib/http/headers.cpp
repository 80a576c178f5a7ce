#include "http/headers.hpp"

#include <algorithm>

namespace http {

namespace {

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool same_name(std::string_view left, std::string_view right) noexcept {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

void Headers::add(std::string_view name, std::string_view value) {
  std::string clean(value);
  for (char& c : clean)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) c = ' ';
  fields_.push_back(Field{std::string(name), std::move(clean)});
}

void Headers::set(std::string_view name, std::string_view value) {
  std::erase_if(fields_, [name](Field const& field) { return same_name(field.name, name); });
  add(name, value);
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (Field const& field : fields_)
    if (same_name(field.name, name)) return field.value;
  return std::nullopt;
}

}  // namespace http
