#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

struct sqlite3_stmt;

namespace sql {

/// Bytes to bind as BLOB; a plain string_view binds as TEXT.
struct Blob {
  std::string_view bytes;
};
/// The same for anything made of unsigned char, such as a digest.
template <class Bytes>
[[nodiscard]] Blob blob(Bytes const& bytes) {
  return {std::string_view(reinterpret_cast<char const*>(bytes.data()), bytes.size())};
}
template <class Bytes>
[[nodiscard]] std::optional<Blob> blob(std::optional<Bytes> const& bytes) {
  return bytes ? std::optional<Blob>(blob(*bytes)) : std::nullopt;
}

enum class ColumnType : std::uint8_t { null, integer, real, text, blob };

/// The current row of a statement. Values are copied out; columns count from 0. Reading a NULL or another type by a
/// form that is not optional throws sql::Error (integers are accepted as real, text as blob).
class Row {
 public:
  explicit Row(sqlite3_stmt* statement) noexcept : statement_(statement) {}

  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] bool boolean(int column) const { return integer(column) != 0; }
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::string blob(int column) const;
  [[nodiscard]] std::optional<std::int64_t> optional_integer(int column) const;
  [[nodiscard]] std::optional<double> optional_real(int column) const;
  [[nodiscard]] std::optional<std::string> optional_text(int column) const;
  [[nodiscard]] std::optional<std::string> optional_blob(int column) const;
  /// "" for NULL.
  [[nodiscard]] std::string text_or_empty(int column) const;

  [[nodiscard]] ColumnType type(int column) const noexcept;
  [[nodiscard]] bool is_null(int column) const noexcept { return type(column) == ColumnType::null; }
  [[nodiscard]] int columns() const noexcept;
  [[nodiscard]] std::string name(int column) const;

 private:
  void require(int column, ColumnType wanted) const;
  sqlite3_stmt* statement_;
};

/// A prepared statement, lent by its Connection's cache; goes back reset when it is destroyed.
class Statement {
 public:
  /// `in_use` is the cache entry's mark; nullptr: this statement is not cached and ends with the object.
  Statement(sqlite3_stmt* statement, bool* in_use) noexcept : statement_(statement), in_use_(in_use) {}
  ~Statement();
  Statement(Statement const&) = delete;
  Statement& operator=(Statement const&) = delete;

  /// Parameters count from 1. Text and blobs are not copied: they must live until the statement is destroyed.
  template <class T>
  void bind(int index, T const& value) {
    if constexpr (std::same_as<T, std::nullopt_t>) {
      bind_null(index);
    } else if constexpr (requires {
                           value.has_value();
                           *value;
                         }) {
      if (value.has_value())
        bind(index, *value);
      else
        bind_null(index);
    } else if constexpr (std::same_as<T, Blob>) {
      bind_blob(index, value.bytes);
    } else if constexpr (std::integral<T>) {
      static_assert(std::signed_integral<T> || sizeof(T) < sizeof(std::int64_t), "SQLite integers are signed");
      bind_integer(index, value);
    } else if constexpr (std::floating_point<T>) {
      bind_real(index, value);
    } else {
      static_assert(std::convertible_to<T const&, std::string_view>, "no SQL type for this argument");
      bind_text(index, value);
    }
  }
  /// Binds from 1 on; throws when the statement wants another number of arguments.
  template <class... Args>
  void bind_all(Args const&... args) {
    require_parameters(static_cast<int>(sizeof...(Args)));
    int index = 0;
    (bind(++index, args), ...);
  }
  /// True: there is a row. Throws sql::Error.
  bool step();
  [[nodiscard]] Row row() const noexcept { return Row(statement_); }

 private:
  void bind_null(int index);
  void bind_integer(int index, std::int64_t value);
  void bind_real(int index, double value);
  void bind_text(int index, std::string_view value);
  void bind_blob(int index, std::string_view value);
  void require_parameters(int given) const;
  void check(int code) const;

  sqlite3_stmt* statement_;
  bool* in_use_;
};

}  // namespace sql
