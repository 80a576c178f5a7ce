#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace domain {

/// Type of a parameter or an output; names as in YAML and in the SQL contract.
enum class ValueType : std::uint8_t { integer, real, boolean, string, json };  // "int" "float" "bool" "string" "json"

[[nodiscard]] std::string_view to_string(ValueType type) noexcept;
[[nodiscard]] std::optional<ValueType> parse_value_type(std::string_view text) noexcept;

/// A typed scalar. JSON is kept as its text, in `std::string`; monostate is SQL NULL.
using Value = std::variant<std::monostate, std::int64_t, double, bool, std::string>;

/// How a value looks as one command-line argument: true/false, the shortest text that reads back for floats.
[[nodiscard]] std::string to_argument(Value const& value);

}  // namespace domain
