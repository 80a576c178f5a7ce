#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "domain/value.hpp"

namespace domain {

/// Reads plain text (`-p name=value`, a `name=value` output line, a YAML scalar) as a value of `type`.
/// int: decimal, 64 bits. float: decimal, finite (SQL and JSON have no NaN). bool: true or false. string: no NUL.
/// json: any JSON text, kept as it is. Errc::invalid with a message such as "'x' is not a whole number".
[[nodiscard]] core::Result<Value> parse_value(ValueType type, std::string_view text);

/// The same from one JSON value as text. An int may be written 3.0; null is no value of any type but json.
/// Numbers are read here, not by the JSON library, which in Boost 1.81 may be off by one unit in the last place.
[[nodiscard]] core::Result<Value> parse_json_value(ValueType type, std::string_view json);

/// `value` as JSON text that parse_json_value reads back to the same bits; monostate is null.
[[nodiscard]] std::string to_json(Value const& value, ValueType type);

}  // namespace domain
