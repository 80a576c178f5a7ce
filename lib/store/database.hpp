#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "aio/worker.hpp"
#include "core/result.hpp"
#include "sql/connection.hpp"
#include "store/writer.hpp"

namespace store {

/// The one database of a daemon: a writer thread that groups commits, and a reader thread with a read-only connection.
/// Owned by the composition root; loop thread only. Must be closed before the loop's io_context is destroyed.
class Database {
 public:
  /// Opens or makes `file`, migrates it, makes the v1_* views anew. WAL, synchronous=FULL, persistent WAL (so that
  /// readers without write permission work after a stop). Throws core::Failure: newer schema, not ours
  /// (application_id), corrupt, no space.
  explicit Database(std::filesystem::path const& file);
  ~Database();

  /// Runs `op(sql::Connection&)` on the writer thread inside its own savepoint and resumes after COMMIT. An exception
  /// of `op` fails this operation alone; a COMMIT error fails all that were in the group. Not withdrawn by
  /// cancellation. `op` must be named and moved in.
  template <class Op>
  [[nodiscard]] awaitable<std::invoke_result_t<Op&, sql::Connection&>> write(Lane lane, Op op) {
    if constexpr (std::is_void_v<std::invoke_result_t<Op&, sql::Connection&>>) {
      co_await writer_->write(lane, std::move(op));
      committed();
    } else {
      auto result = co_await writer_->write(lane, std::move(op));
      committed();
      co_return result;
    }
  }
  /// Calls `told` on the loop thread after each operation that has been committed: a hint that there may be news.
  /// Until the last write has come home, `told` must be callable.
  void on_commit(std::function<void()> told) { told_.push_back(std::move(told)); }
  /// Runs `op(sql::Connection&)` on the reader thread; must not keep a transaction open.
  template <class Op>
  [[nodiscard]] awaitable<std::invoke_result_t<Op&, sql::Connection&>> read(Op op) {
    auto work = [this, op = std::move(op)]() mutable { return op(*reader_); };
    return reader_thread_.run(std::move(work));
  }
  /// 32 hex digits, made once with the database: in container names and labels, so that two daemons on one engine never
  /// meet.
  [[nodiscard]] std::string const& instance() const noexcept { return instance_; }
  /// Finishes what is queued, checkpoints, closes. Blocking; called after the loop has ended.
  void close();

 private:
  void committed() const {
    for (auto const& told : told_) told();
  }

  std::string instance_;
  std::vector<std::function<void()>> told_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<sql::Connection> reader_;
  aio::Worker reader_thread_{1, "tw-sql-read"};
};

}  // namespace store
