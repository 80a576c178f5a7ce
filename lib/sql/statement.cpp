#include "sql/statement.hpp"

#include <sqlite3.h>

#include "sql/error.hpp"

namespace sql {
namespace {

// SQLite takes a null pointer for SQL NULL, and an empty string_view may have one.
char const* not_null(std::string_view bytes) {
  return bytes.data() != nullptr ? bytes.data() : "";
}

std::string bytes_of(void const* data, int size) {
  if (data == nullptr || size <= 0) return {};
  return {static_cast<char const*>(data), static_cast<std::size_t>(size)};
}

}  // namespace

ColumnType Row::type(int column) const noexcept {
  switch (sqlite3_column_type(statement_, column)) {
    case SQLITE_INTEGER:
      return ColumnType::integer;
    case SQLITE_FLOAT:
      return ColumnType::real;
    case SQLITE_TEXT:
      return ColumnType::text;
    case SQLITE_BLOB:
      return ColumnType::blob;
    default:
      return ColumnType::null;
  }
}

int Row::columns() const noexcept {
  return sqlite3_column_count(statement_);
}

std::string Row::name(int column) const {
  char const* name = sqlite3_column_name(statement_, column);
  return name != nullptr ? name : "";
}

void Row::require(int column, ColumnType wanted) const {
  auto const found = type(column);
  if (found == wanted) return;
  if (wanted == ColumnType::real && found == ColumnType::integer) return;
  if (wanted == ColumnType::blob && found == ColumnType::text) return;
  throw Error(SQLITE_MISMATCH, {core::Errc::corrupt, "column " + name(column) + " has another type than expected",
                                sqlite3_sql(statement_), "the database was changed by other means"});
}

std::int64_t Row::integer(int column) const {
  require(column, ColumnType::integer);
  return sqlite3_column_int64(statement_, column);
}

double Row::real(int column) const {
  require(column, ColumnType::real);
  return sqlite3_column_double(statement_, column);
}

std::string Row::text(int column) const {
  require(column, ColumnType::text);
  return bytes_of(sqlite3_column_text(statement_, column), sqlite3_column_bytes(statement_, column));
}

std::string Row::blob(int column) const {
  require(column, ColumnType::blob);
  return bytes_of(sqlite3_column_blob(statement_, column), sqlite3_column_bytes(statement_, column));
}

std::optional<std::int64_t> Row::optional_integer(int column) const {
  auto const found = type(column);
  if (found == ColumnType::integer) return sqlite3_column_int64(statement_, column);
  if (found == ColumnType::null) return std::nullopt;
  return integer(column);  // which says what is wrong
}
std::optional<double> Row::optional_real(int column) const {
  return is_null(column) ? std::nullopt : std::optional(real(column));
}
std::optional<std::string> Row::optional_text(int column) const {
  return is_null(column) ? std::nullopt : std::optional(text(column));
}
std::optional<std::string> Row::optional_blob(int column) const {
  return is_null(column) ? std::nullopt : std::optional(blob(column));
}
std::string Row::text_or_empty(int column) const {
  return is_null(column) ? std::string() : text(column);
}

Statement::~Statement() {
  if (in_use_ == nullptr) {
    sqlite3_finalize(statement_);
    return;
  }
  sqlite3_reset(statement_);  // repeats the error of the last step, which was thrown there
  sqlite3_clear_bindings(statement_);
  *in_use_ = false;
}

bool Statement::step() {
  int const code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) throw_error(sqlite3_db_handle(statement_), code, sqlite3_sql(statement_));
  return false;
}

void Statement::check(int code) const {
  if (code != SQLITE_OK) throw_error(sqlite3_db_handle(statement_), code, sqlite3_sql(statement_));
}

void Statement::require_parameters(int given) const {
  if (sqlite3_bind_parameter_count(statement_) != given)
    throw Error(
        SQLITE_RANGE,
        {core::Errc::internal, "statement got " + std::to_string(given) + " arguments", sqlite3_sql(statement_), {}});
}

void Statement::bind_null(int index) {
  check(sqlite3_bind_null(statement_, index));
}
void Statement::bind_integer(int index, std::int64_t value) {
  check(sqlite3_bind_int64(statement_, index, value));
}
void Statement::bind_real(int index, double value) {
  check(sqlite3_bind_double(statement_, index, value));
}
void Statement::bind_text(int index, std::string_view value) {
  check(sqlite3_bind_text64(statement_, index, not_null(value), value.size(), nullptr, SQLITE_UTF8));
}
void Statement::bind_blob(int index, std::string_view value) {
  check(sqlite3_bind_blob64(statement_, index, not_null(value), value.size(), nullptr));
}

}  // namespace sql
