#pragma once

#include <array>
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "sql/connection.hpp"
#include "store/feed_mark.hpp"

namespace store {

using boost::asio::awaitable;

/// Which queue of the writer an operation goes through: transitions of runs go before intake, so a burst of changes
/// never delays a run's end.
enum class Lane : std::uint8_t { run, intake };

class WriteJob;  // one operation on its way through the writer thread: writer.cpp

/// The one thread that writes. Commits at once when idle, and together what queued meanwhile: one savepoint an
/// operation, at most 256 operations or 100 ms a transaction, run lane first. Also the only one that checkpoints:
/// PASSIVE while the WAL is past 4 MB, TRUNCATE when it is idle and the file past 16 MB. write() from any coroutine;
/// close() once, not from the writer's own thread, and before the callers' io_context is destroyed.
/// Where the disk has no room for a transaction, its operations stay queued and are done again, first those of the run
/// lane, each in a transaction of its own, until there is room or stop_waiting_for_room() is called.
class Writer {
 public:
  /// Called on the writer thread: with the failure when writing begins to wait for room, with null when it goes on.
  using TellRoom = std::function<void(core::Error const* failure)>;

  /// `db` is read-write and belongs to the writer thread from here on.
  explicit Writer(std::unique_ptr<sql::Connection> db, TellRoom tell_room = {});
  ~Writer();
  Writer(Writer const&) = delete;
  Writer& operator=(Writer const&) = delete;

  /// Runs `op(sql::Connection&)` and resumes on the caller's executor after its COMMIT. An exception of `op` undoes and
  /// fails it alone; a failing COMMIT fails the whole group; one with a corrupt or I/O error also fails all that come
  /// later, since nobody knows then what is on disk. Not withdrawn by cancellation. `op` may be called more than once,
  /// each time in a new transaction, so it must be callable while const. It must be named and moved in (g++ 12, see
  /// STYLE). A lane is bounded by its producers: each is suspended until its own COMMIT, so it has one operation in it
  /// at most.
  template <class Op>
  [[nodiscard]] awaitable<std::invoke_result_t<Op const&, sql::Connection&>> write(Lane lane, Op op) {
    using Value = std::invoke_result_t<Op const&, sql::Connection&>;
    if constexpr (std::is_void_v<Value>) {
      Work work = [&op](sql::Connection& db) { std::as_const(op)(db); };
      co_await perform(lane, std::move(work));
    } else {
      std::optional<Value> value;
      Work work = [&op, &value](sql::Connection& db) { value.emplace(std::as_const(op)(db)); };
      co_await perform(lane, std::move(work));
      co_return std::move(*value);
    }
  }
  /// Calls `told` on the caller's thread after each operation that has been committed: a hint that there may be news.
  /// Until the last write has come home, `told` must be callable.
  void on_commit(std::function<void()> told) { told_.push_back(std::move(told)); }

  /// Between the two calls of TellRoom. Any thread.
  [[nodiscard]] bool waits_for_room() const noexcept { return waits_for_room_; }
  /// From now on a full disk fails operations, as any other error does. Any thread.
  void stop_waiting_for_room();
  /// Finishes what is queued, checkpoints, closes the connection and ends the thread. Blocking. Later writes fail.
  void close();
  /// Operations that have not been taken up yet.
  [[nodiscard]] std::size_t waiting(Lane lane) const;

 private:
  using Work = std::function<void(sql::Connection&)>;
  using JobPtr = std::unique_ptr<WriteJob>;
  struct Queued {
    JobPtr job;
    Lane lane = Lane::run;
  };
  struct Done {
    Queued queued;
    std::exception_ptr error;
    std::optional<core::Error> no_room = std::nullopt;  // then `error` is the same
  };

  /// Not a template: so the machinery of a suspension is there once, and not for each kind of operation.
  [[nodiscard]] awaitable<void> perform(Lane lane, Work work);
  void submit(Lane lane, JobPtr job);
  [[nodiscard]] std::optional<Queued> take();
  void put_back(std::vector<Done> group);
  [[nodiscard]] std::size_t wait_for_work();
  [[nodiscard]] bool may_wait_for_room() const;
  void loop();
  void commit_group(std::size_t most);
  void run_group(std::size_t most, std::vector<Done>& group);
  void run_one(Done& entry);
  [[nodiscard]] std::optional<core::Error> finish_group(std::vector<Done> group,
                                                        std::optional<core::Error> const& failure, bool may_wait);
  void wait_for_room(core::Error const& failure);
  void has_room();
  void fail_group(std::size_t most, core::Error const& error);
  void mark_feed(core::Steady now);
  void keep_wal_small();

  std::unique_ptr<sql::Connection> db_;
  FeedMark mark_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::array<std::deque<JobPtr>, 2> lanes_;  // guarded by mutex_
  bool closing_ = false;                     // guarded by mutex_
  bool may_wait_ = true;                     // guarded by mutex_
  std::vector<std::function<void()>> told_;  // loop thread only
  TellRoom tell_room_;
  std::atomic<bool> waits_for_room_ = false;  // written by the writer thread
  std::optional<core::Error> poison_;         // writer thread only, as all that follows
  std::size_t group_limit_;
  std::int64_t checkpointed_frames_ = 0;
  std::thread thread_;
};

}  // namespace store
