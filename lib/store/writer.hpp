#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "core/time.hpp"
#include "sql/connection.hpp"
#include "store/feed_mark.hpp"

namespace store {

namespace asio = boost::asio;
using boost::asio::awaitable;

/// Which queue of the writer an operation goes through: transitions of runs go before intake, so a burst of changes
/// never delays a run's end.
enum class Lane : std::uint8_t { run, intake };

/// One operation on its way through the writer thread.
class WriteJob {
 public:
  virtual ~WriteJob() = default;
  /// Writer thread: the operation itself; throws what it throws. The result is kept.
  virtual void run(sql::Connection& db) = 0;
  /// Once, last: the result, or `error`, goes home to the coroutine's executor.
  virtual void deliver(std::exception_ptr error) = 0;
};

/// The one thread that writes. Commits at once when idle, and together what queued meanwhile: one savepoint an
/// operation, at most 256 operations or 100 ms a transaction, run lane first. Also the only one that checkpoints:
/// PASSIVE while the WAL is past 4 MB, TRUNCATE when it is idle and the file past 16 MB. write() from any coroutine;
/// close() once, not from the writer's own thread, and before the callers' io_context is destroyed.
class Writer {
 public:
  /// `db` is read-write and belongs to the writer thread from here on.
  explicit Writer(std::unique_ptr<sql::Connection> db);
  ~Writer();
  Writer(Writer const&) = delete;
  Writer& operator=(Writer const&) = delete;

  /// Runs `op(sql::Connection&)` and resumes on the caller's executor after its COMMIT. An exception of `op` undoes and
  /// fails it alone; a failing COMMIT fails the whole group; one with a corrupt or I/O error also fails all that come
  /// later, since nobody knows then what is on disk. Not withdrawn by cancellation. `op` must be named and moved in
  /// (g++ 12, see STYLE). A lane is bounded by its producers: each is suspended until its own COMMIT, so it has one
  /// operation in it at most.
  template <class Op>
  [[nodiscard]] awaitable<std::invoke_result_t<Op&, sql::Connection&>> write(Lane lane, Op op);

  /// Finishes what is queued, checkpoints, closes the connection and ends the thread. Blocking. Later writes fail.
  void close();
  /// Operations that have not been taken up yet.
  [[nodiscard]] std::size_t waiting(Lane lane) const;

 private:
  template <class Handler, class Op, class Slot>
  class Operation;
  using JobPtr = std::unique_ptr<WriteJob>;
  struct Done {
    JobPtr job;
    std::exception_ptr error;
  };

  void submit(Lane lane, JobPtr job);
  [[nodiscard]] JobPtr take();
  [[nodiscard]] std::size_t wait_for_work();
  void loop();
  void commit_group(std::size_t most);
  void run_group(std::size_t most, std::vector<Done>& group);
  void run_one(Done& entry);
  void fail_group(std::size_t most, core::Error const& error);
  void mark_feed(core::Steady now);
  void keep_wal_small();

  std::unique_ptr<sql::Connection> db_;
  FeedMark mark_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::array<std::deque<JobPtr>, 2> lanes_;  // guarded by mutex_
  bool closing_ = false;                     // guarded by mutex_
  std::optional<core::Error> poison_;        // writer thread only, as all that follows
  std::int64_t checkpointed_frames_ = 0;
  std::thread thread_;
};

/// The operation, its result and the coroutine that waits for it.
template <class Handler, class Op, class Slot>
class Writer::Operation final : public WriteJob {
 public:
  Operation(asio::any_io_executor const& home, Handler handler, Op op)
      : home_(asio::make_work_guard(home)), handler_(std::move(handler)), op_(std::move(op)) {}

  void run(sql::Connection& db) override {
    if constexpr (std::is_void_v<std::invoke_result_t<Op&, sql::Connection&>>) {
      (*op_)(db);
      value_.emplace();
    } else {
      value_.emplace((*op_)(db));
    }
  }
  void deliver(std::exception_ptr error) override {
    if (error) value_.reset();
    op_.reset();  // it may refer to the coroutine's frame, which is gone once that has been resumed
    auto const home = home_.get_executor();
    asio::post(home, [handler = std::move(handler_), error = std::move(error), value = std::move(value_),
                      guard = std::move(home_)]() mutable { std::move(handler)(std::move(error), std::move(value)); });
  }

 private:
  asio::executor_work_guard<asio::any_io_executor> home_;
  Handler handler_;
  std::optional<Op> op_;
  std::optional<Slot> value_;
};

template <class Op>
awaitable<std::invoke_result_t<Op&, sql::Connection&>> Writer::write(Lane lane, Op op) {
  using Value = std::invoke_result_t<Op&, sql::Connection&>;
  using Slot = std::conditional_t<std::is_void_v<Value>, std::monostate, Value>;
  auto const home = co_await asio::this_coro::executor;
  auto token = asio::bind_cancellation_slot(asio::cancellation_slot{}, asio::use_awaitable);
  auto start = [this, home, lane](auto done, Op job) {
    submit(lane, std::make_unique<Operation<decltype(done), Op, Slot>>(home, std::move(done), std::move(job)));
  };
  auto operation = asio::async_initiate<decltype(token)&, void(std::exception_ptr, std::optional<Slot>)>(
      std::move(start), token, std::move(op));
  auto value = co_await std::move(operation);
  if constexpr (!std::is_void_v<Value>) co_return std::move(*value);
}

}  // namespace store
