#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>

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
  /// (application_id), corrupt, no space. `tell_room`: see Writer.
  explicit Database(std::filesystem::path const& file, Writer::TellRoom tell_room = {});
  ~Database();

  /// Writer::write(): runs `op(sql::Connection&)` on the writer thread and resumes after COMMIT. `op` must be named and
  /// moved in, and may be called again where the disk had no room.
  template <class Op>
  [[nodiscard]] awaitable<std::invoke_result_t<Op const&, sql::Connection&>> write(Lane lane, Op op) {
    return writer_->write(lane, std::move(op));
  }
  /// Writer::on_commit().
  void on_commit(std::function<void()> told) { writer_->on_commit(std::move(told)); }
  /// Writer::waits_for_room().
  [[nodiscard]] bool waits_for_room() const noexcept { return writer_->waits_for_room(); }
  /// Writer::stop_waiting_for_room(): whoever stops calls it, since cancellation withdraws no operation.
  void stop_waiting_for_room() { writer_->stop_waiting_for_room(); }
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
  std::string instance_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<sql::Connection> reader_;
  aio::Worker reader_thread_{1, "tw-sql-read"};
};

}  // namespace store
