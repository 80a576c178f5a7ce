#pragma once

#include <cstdint>
#include <string_view>

#include "core/result.hpp"

struct sqlite3;

namespace sql {

/// What a caller may branch on; all else is `other`, which is a defect of ours or of the disk.
enum class ErrorKind : std::uint8_t { busy, no_space, corrupt, io, constraint, read_only, not_a_database, other };

/// A failure of SQLite. A core::Failure too, so that nobody above needs to know SQLite's codes.
class Error : public core::Failure {
 public:
  /// `code` is an extended result code (sqlite.org/rescode.html).
  Error(int code, core::Error error);
  [[nodiscard]] int code() const noexcept { return code_; }
  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }

 private:
  int code_;
  ErrorKind kind_;
};

[[nodiscard]] ErrorKind classify(int code) noexcept;
/// Throws what `db` says about its last call. `operation` is the SQL text or the name of what was tried.
[[noreturn]] void throw_error(sqlite3* db, int code, std::string_view operation);

}  // namespace sql
