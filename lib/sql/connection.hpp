#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "sql/error.hpp"
#include "sql/statement.hpp"

namespace sql {

enum class Mode : std::uint8_t { read_write, read_only };

/// One SQLite connection with its statement cache. Used by one thread at a time; every failure is thrown as sql::Error.
/// Read-write: WAL, synchronous=FULL, foreign keys, persistent WAL, no automatic checkpoints: call checkpoint().
/// Only one connection of all processes may write and checkpoint (sqlite.org/wal.html, the WAL-reset bug
/// before 3.51.3).
class Connection {
 public:
  Connection(std::filesystem::path const& file, Mode mode);
  ~Connection();
  Connection(Connection const&) = delete;
  Connection& operator=(Connection const&) = delete;

  /// Runs one statement to its end; the number of rows that it changed.
  template <class... Args>
  std::int64_t run(std::string_view sql, Args const&... args) {
    auto statement = prepare(sql);
    statement.bind_all(args...);
    while (statement.step()) {
    }
    return changes();
  }
  /// Calls on_row(Row const&) for each row. `on_row` may use this connection.
  template <class OnRow, class... Args>
  void each(std::string_view sql, OnRow on_row, Args const&... args) {
    auto statement = prepare(sql);
    statement.bind_all(args...);
    while (statement.step()) on_row(statement.row());
  }
  /// map(Row const&) of the first row; nullopt when there is none.
  template <class Map, class... Args>
  [[nodiscard]] auto first(std::string_view sql, Map map, Args const&... args)
      -> std::optional<std::invoke_result_t<Map&, Row const&>> {
    auto statement = prepare(sql);
    statement.bind_all(args...);
    if (!statement.step()) return std::nullopt;
    return map(statement.row());
  }
  /// The first column of the first row as an integer; nullopt when there is no row or it is NULL.
  template <class... Args>
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view sql, Args const&... args) {
    auto statement = prepare(sql);
    statement.bind_all(args...);
    return statement.step() ? statement.row().optional_integer(0) : std::nullopt;
  }

  /// One statement, from the cache where it is idle there. More text after it is an error.
  [[nodiscard]] Statement prepare(std::string_view sql);
  /// Several statements without arguments, as in a schema file.
  void run_script(std::string const& sql);

  [[nodiscard]] bool in_transaction() const noexcept;
  [[nodiscard]] std::int64_t changes() const noexcept;
  [[nodiscard]] std::filesystem::path const& file() const noexcept { return file_; }

  enum class Checkpoint : std::uint8_t { passive, truncate };
  /// Moves committed frames into the database. False: readers stood in the way. Never waits for them.
  bool checkpoint(Checkpoint mode);
  /// Frames in the WAL as of the last commit of this connection.
  [[nodiscard]] std::int64_t wal_frames() const noexcept { return wal_frames_; }
  [[nodiscard]] std::int64_t page_size() const noexcept { return page_size_; }
  /// Size of the WAL file now; 0 when there is none.
  [[nodiscard]] std::int64_t wal_file_size() const;
  /// Lets the database file grow by a MiB at a time, and allocates the first 8 MiB of the WAL ahead of their use, so
  /// that commits go on for a while when the disk is full. A truncated WAL loses them: call it again. Where the file
  /// system cannot, or has no room, nothing is reserved.
  void reserve_space() noexcept;

 private:
  struct Cached {
    sqlite3_stmt* statement = nullptr;
    bool in_use = false;
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
  };

  void open(Mode mode);
  void configure(Mode mode);
  void close() noexcept;
  [[nodiscard]] sqlite3_stmt* compile(std::string_view sql, bool keep);
  void set_busy_timeout(std::chrono::milliseconds timeout);

  std::filesystem::path file_;
  sqlite3* db_ = nullptr;
  std::unordered_map<std::string, Cached, TextHash, std::equal_to<>> cache_;  // Statement keeps a pointer to a node
  std::int64_t wal_frames_ = 0;
  std::int64_t page_size_ = 4096;
};

/// "a ""quoted"" name" for SQL that is put together; values are bound, never quoted.
[[nodiscard]] std::string quote_identifier(std::string_view name);
/// 'it''s' for the few places that take no parameter (views).
[[nodiscard]] std::string quote_text(std::string_view text);

}  // namespace sql
