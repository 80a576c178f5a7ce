#include "sql/error.hpp"

#include <sqlite3.h>

#include <string>

namespace sql {
namespace {

core::Errc errc_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::busy:
      return core::Errc::unavailable;
    case ErrorKind::no_space:
      return core::Errc::no_space;
    case ErrorKind::corrupt:
    case ErrorKind::not_a_database:
      return core::Errc::corrupt;
    case ErrorKind::io:
      return core::Errc::io;
    case ErrorKind::constraint:
      return core::Errc::conflict;
    case ErrorKind::read_only:
      return core::Errc::permission;
    case ErrorKind::other:
      break;
  }
  return core::Errc::internal;
}

std::string_view hint_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::busy:
      return "another process holds the database; end it, or let it finish";
    case ErrorKind::no_space:
      return "free space on the file system of the state directory";
    case ErrorKind::corrupt:
      return "stop the daemon, keep the file, and restore the newest copy";
    case ErrorKind::not_a_database:
      return "this is not a SQLite file; give the right state directory";
    case ErrorKind::io:
      return "look at the kernel log and the disk of the state directory";
    case ErrorKind::read_only:
      return "let the daemon's user write the state directory and the database in it";
    case ErrorKind::constraint:
    case ErrorKind::other:
      break;
  }
  return {};
}

/// The statement on one line, cut: enough to find it in the source.
std::string one_line(std::string_view text) {
  constexpr std::size_t longest = 100;
  std::string line;
  for (char const c : text) {
    bool const blank = c == ' ' || c == '\n' || c == '\t';
    if (!blank)
      line += c;
    else if (!line.empty() && line.back() != ' ')
      line += ' ';
    if (line.size() >= longest) return line + "...";
  }
  return line;
}

}  // namespace

ErrorKind classify(int code) noexcept {
  // The index of the WAL could not grow. Such a commit is done again, or found in the WAL at the next start.
  if (code == SQLITE_IOERR_SHMSIZE) return ErrorKind::no_space;
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorKind::busy;
    case SQLITE_FULL:
      return ErrorKind::no_space;
    case SQLITE_CORRUPT:
      return ErrorKind::corrupt;
    case SQLITE_NOTADB:
      return ErrorKind::not_a_database;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return ErrorKind::io;
    case SQLITE_CONSTRAINT:
      return ErrorKind::constraint;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return ErrorKind::read_only;
    default:
      return ErrorKind::other;
  }
}

Error::Error(int code, core::Error error) : Failure(std::move(error)), code_(code), kind_(classify(code)) {}

void throw_error(sqlite3* db, int code, std::string_view operation) {
  auto const kind = classify(code);
  // sqlite3_errmsg may already tell of a later call; it is only worth showing when it is about this code.
  char const* text = db != nullptr && sqlite3_extended_errcode(db) == code ? sqlite3_errmsg(db) : sqlite3_errstr(code);
  char const* file = db != nullptr ? sqlite3_db_filename(db, "main") : nullptr;
  core::Error error{errc_of(kind), one_line(operation) + ": " + text + " [" + std::to_string(code) + "]",
                    file != nullptr ? file : "", std::string(hint_of(kind))};
  throw Error(code, std::move(error));
}

}  // namespace sql
