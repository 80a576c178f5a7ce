#include "store/value_columns.hpp"

namespace store {

domain::Value value_at(sql::Row const& row, int column, domain::ValueType type) {
  if (row.is_null(column)) return std::monostate{};
  switch (type) {
    case domain::ValueType::integer:
      return row.integer(column);
    case domain::ValueType::real:
      return row.real(column);
    case domain::ValueType::boolean:
      return row.boolean(column);
    case domain::ValueType::string:
    case domain::ValueType::json:
      break;
  }
  return row.text(column);
}

domain::ValueType value_type_of(std::string const& text) {
  auto const type = domain::parse_value_type(text);
  if (!type)
    throw core::Failure(
        {core::Errc::corrupt, "unknown type in the database", text, "it was written by a newer version"});
  return *type;
}

BoundValue bound(domain::Value const& value) {
  BoundValue result;
  if (auto const* integer = std::get_if<std::int64_t>(&value)) result.integer = *integer;
  if (auto const* real = std::get_if<double>(&value)) result.real = *real;
  if (auto const* boolean = std::get_if<bool>(&value)) result.integer = *boolean ? 1 : 0;
  if (auto const* text = std::get_if<std::string>(&value)) result.text = *text;
  return result;
}

}  // namespace store
