#include "sql/connection.hpp"

#include <fcntl.h>
#include <sqlite3.h>

#include <system_error>

#include "core/fd.hpp"

namespace sql {
namespace {

constexpr std::size_t cache_limit = 256;
constexpr std::chrono::milliseconds busy_timeout{5000};

std::string quote(std::string_view text, char mark) {
  std::string quoted(1, mark);
  for (char const c : text) {
    if (c == mark) quoted += mark;
    quoted += c;
  }
  return quoted += mark;
}

}  // namespace

std::string quote_identifier(std::string_view name) {
  return quote(name, '"');
}
std::string quote_text(std::string_view text) {
  return quote(text, '\'');
}

Connection::Connection(std::filesystem::path const& file, Mode mode) : file_(file) {
  try {
    open(mode);
    configure(mode);
  } catch (...) {
    close();
    throw;
  }
}

Connection::~Connection() {
  close();
}

void Connection::open(Mode mode) {
  int const access = mode == Mode::read_write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  int const code = sqlite3_open_v2(file_.c_str(), &db_, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  if (code != SQLITE_OK) throw_error(db_, code, "open " + file_.string());
  set_busy_timeout(busy_timeout);
}

void Connection::configure(Mode mode) {
  // "x" is an identifier and never a string: a misspelt column is an error, not a constant.
  sqlite3_db_config(db_, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(db_, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  run("PRAGMA trusted_schema=OFF");
  run("PRAGMA foreign_keys=ON");
  page_size_ = integer("PRAGMA page_size").value_or(4096);
  if (mode == Mode::read_only) return;
  auto const journal = first("PRAGMA journal_mode=WAL", [](Row const& row) { return row.text(0); });
  if (journal != "wal")
    throw Error(SQLITE_CANTOPEN, {core::Errc::unsupported, "journal_mode=WAL was refused", file_.string(),
                                  "put the state directory on a local file system"});
  run("PRAGMA synchronous=FULL");
  // Keeps -wal and -shm after the last close: a reader that may not write could not make them anew.
  int persist = 1;
  sqlite3_file_control(db_, "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
  // The hook takes the place of the automatic checkpoint.
  sqlite3_wal_hook(
      db_,
      [](void* self, sqlite3*, char const*, int frames) {
        static_cast<Connection*>(self)->wal_frames_ = frames;
        return SQLITE_OK;
      },
      this);
}

void Connection::close() noexcept {
  for (auto const& [sql, cached] : cache_) sqlite3_finalize(cached.statement);
  cache_.clear();
  sqlite3_close_v2(db_);
  db_ = nullptr;
}

void Connection::set_busy_timeout(std::chrono::milliseconds timeout) {
  sqlite3_busy_timeout(db_, static_cast<int>(timeout.count()));
}

sqlite3_stmt* Connection::compile(std::string_view sql, bool keep) {
  sqlite3_stmt* statement = nullptr;
  char const* rest = nullptr;
  int const code = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()),
                                      keep ? SQLITE_PREPARE_PERSISTENT : 0, &statement, &rest);
  if (code != SQLITE_OK) throw_error(db_, code, sql);
  bool const more =
      std::string_view(rest, static_cast<std::size_t>(sql.data() + sql.size() - rest)).find_first_not_of(" \t\n;") !=
      std::string_view::npos;
  if (statement == nullptr || more) {
    sqlite3_finalize(statement);
    throw Error(SQLITE_MISUSE, {core::Errc::internal, "exactly one statement is wanted", std::string(sql), {}});
  }
  return statement;
}

Statement Connection::prepare(std::string_view sql) {
  auto found = cache_.find(sql);
  if (found == cache_.end()) {
    if (cache_.size() >= cache_limit) return {compile(sql, false), nullptr};
    auto* const statement = compile(sql, true);
    found = cache_.emplace(std::string(sql), Cached{statement, false}).first;
  }
  if (found->second.in_use) return {compile(sql, false), nullptr};  // used by a caller up the stack
  found->second.in_use = true;
  return {found->second.statement, &found->second.in_use};
}

void Connection::run_script(std::string const& sql) {
  int const code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) throw_error(db_, code, sql);
}

bool Connection::in_transaction() const noexcept {
  return sqlite3_get_autocommit(db_) == 0;
}
std::int64_t Connection::changes() const noexcept {
  return sqlite3_changes64(db_);
}

bool Connection::checkpoint(Checkpoint mode) {
  set_busy_timeout(std::chrono::milliseconds(0));  // TRUNCATE would wait for readers and stop all writing meanwhile
  int frames = 0;
  int moved = 0;
  int const how = mode == Checkpoint::passive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE;
  int const code = sqlite3_wal_checkpoint_v2(db_, "main", how, &frames, &moved);
  set_busy_timeout(busy_timeout);
  if (classify(code) == ErrorKind::busy) return false;
  if (code != SQLITE_OK) throw_error(db_, code, "wal_checkpoint");
  return frames == moved;
}

void Connection::reserve_space() noexcept {
  int chunk = 1 << 20;
  sqlite3_file_control(db_, "main", SQLITE_FCNTL_CHUNK_SIZE, &chunk);
  // A descriptor of our own harms no lock: those are on the database and on the -shm.
  constexpr off_t wal_reserve = 8 << 20;
  core::Fd const wal(::open((file_.string() + "-wal").c_str(), O_WRONLY | O_CLOEXEC));
  if (wal) (void)::fallocate(wal.get(), FALLOC_FL_KEEP_SIZE, 0, wal_reserve);
}

std::int64_t Connection::wal_file_size() const {
  std::error_code error;
  auto const size = std::filesystem::file_size(file_.string() + "-wal", error);
  return error ? 0 : static_cast<std::int64_t>(size);
}

}  // namespace sql
