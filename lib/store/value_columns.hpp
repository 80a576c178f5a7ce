#pragma once

#include <optional>
#include <string>

#include "domain/value.hpp"
#include "sql/connection.hpp"

namespace store {

/// A stored value of a declared type. Bools are 0 and 1, JSON is its text; an integer may stand for a float.
[[nodiscard]] domain::Value value_at(sql::Row const& row, int column, domain::ValueType type);
/// Throws core::Failure (corrupt) for a name that is none.
[[nodiscard]] domain::ValueType value_type_of(std::string const& text);

/// A value as an argument of a statement; one optional of these is filled in, or none for NULL.
struct BoundValue {
  std::optional<std::int64_t> integer;
  std::optional<double> real;
  std::optional<std::string> text;
};
[[nodiscard]] BoundValue bound(domain::Value const& value);

}  // namespace store
