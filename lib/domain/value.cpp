#include "domain/value.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace domain {

std::string_view to_string(ValueType type) noexcept {
  switch (type) {
    case ValueType::integer:
      return "int";
    case ValueType::real:
      return "float";
    case ValueType::boolean:
      return "bool";
    case ValueType::string:
      return "string";
    case ValueType::json:
      return "json";
  }
  return "?";
}

std::optional<ValueType> parse_value_type(std::string_view text) noexcept {
  for (auto const type : {ValueType::integer, ValueType::real, ValueType::boolean, ValueType::string, ValueType::json})
    if (text == to_string(type)) return type;
  return std::nullopt;
}

namespace {

template <class Number>
std::string shortest(Number number) {
  std::array<char, 32> buffer{};
  auto const end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  return {buffer.data(), end.ptr};
}

/// R and Python both read these three spellings; to_chars would give "inf" and "-nan".
std::string real_text(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number < 0 ? "-Inf" : "Inf";
  return shortest(number);
}

}  // namespace

std::string to_argument(Value const& value) {
  if (auto const* integer = std::get_if<std::int64_t>(&value)) return shortest(*integer);
  if (auto const* real = std::get_if<double>(&value)) return real_text(*real);
  if (auto const* boolean = std::get_if<bool>(&value)) return *boolean ? "true" : "false";
  if (auto const* text = std::get_if<std::string>(&value)) return *text;
  return {};
}

}  // namespace domain
