#include "store/writer.hpp"

#include <pthread.h>

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

#include "sql/transaction.hpp"

namespace store {

namespace asio = boost::asio;

class WriteJob {
 public:
  explicit WriteJob(std::function<void(sql::Connection&)> work) : work_(std::move(work)) {}
  virtual ~WriteJob() = default;
  WriteJob(WriteJob const&) = delete;
  WriteJob& operator=(WriteJob const&) = delete;
  /// Writer thread: throws what the operation throws.
  void run(sql::Connection& db) const { work_(db); }
  /// Once, last: the coroutine that waits is resumed, or fails with `error`.
  virtual void deliver(std::exception_ptr error) = 0;

 private:
  std::function<void(sql::Connection&)> work_;  // refers to the coroutine's frame, so it is not called after deliver()
};

namespace {

template <class Handler>
class Operation final : public WriteJob {
 public:
  Operation(asio::any_io_executor const& home, Handler handler, std::function<void(sql::Connection&)> work)
      : WriteJob(std::move(work)), home_(asio::make_work_guard(home)), handler_(std::move(handler)) {}

  void deliver(std::exception_ptr error) override {
    auto const home = home_.get_executor();
    asio::post(home, [handler = std::move(handler_), error = std::move(error), guard = std::move(home_)]() mutable {
      std::move(handler)(std::move(error));
    });
  }

 private:
  asio::executor_work_guard<asio::any_io_executor> home_;
  Handler handler_;
};

constexpr std::size_t most_in_group = 256;
constexpr std::chrono::milliseconds group_time{100};  // how long a run's end may wait behind intake, about
constexpr std::chrono::seconds room_pause{1};         // between two tries on a full disk
constexpr std::int64_t passive_bytes = 4 << 20;
constexpr std::int64_t passive_step_frames = 256;  // a reader in the way: do not try again at every commit
constexpr std::int64_t truncate_bytes = 16 << 20;

std::exception_ptr as_exception(core::Error const& error) {
  return std::make_exception_ptr(core::Failure(error));
}

/// After these nobody knows what COMMIT left on disk; only opening the database again can tell.
bool is_fatal(sql::ErrorKind kind) {
  return kind == sql::ErrorKind::corrupt || kind == sql::ErrorKind::io || kind == sql::ErrorKind::not_a_database;
}

bool is_room(core::Error const& failure) {
  return failure.code == core::Errc::no_space;
}

}  // namespace

Writer::Writer(std::unique_ptr<sql::Connection> db, TellRoom tell_room)
    : db_(std::move(db)),
      mark_(db_->file()),
      tell_room_(std::move(tell_room)),
      group_limit_(most_in_group),
      thread_([this] { loop(); }) {
  ::pthread_setname_np(thread_.native_handle(), "tw-sql-write");
}

Writer::~Writer() {
  close();
}

awaitable<void> Writer::perform(Lane lane, Work work) {
  auto const home = co_await asio::this_coro::executor;
  auto token = asio::bind_cancellation_slot(asio::cancellation_slot{}, asio::use_awaitable);
  auto start = [this, home, lane](auto done, Work job) {
    submit(lane, std::make_unique<Operation<decltype(done)>>(home, std::move(done), std::move(job)));
  };
  auto operation =
      asio::async_initiate<decltype(token)&, void(std::exception_ptr)>(std::move(start), token, std::move(work));
  co_await std::move(operation);
  for (auto const& told : told_) told();
}

void Writer::submit(Lane lane, JobPtr job) {
  {
    std::lock_guard const lock(mutex_);
    if (!closing_) {
      lanes_[static_cast<std::size_t>(lane)].push_back(std::move(job));
      wake_.notify_one();
      return;
    }
  }
  job->deliver(as_exception({core::Errc::unavailable, "the database is closed", "write", {}}));
}

std::size_t Writer::waiting(Lane lane) const {
  std::lock_guard const lock(mutex_);
  return lanes_[static_cast<std::size_t>(lane)].size();
}

std::optional<Writer::Queued> Writer::take() {
  std::lock_guard const lock(mutex_);
  for (auto const lane : {Lane::run, Lane::intake}) {
    auto& queue = lanes_[static_cast<std::size_t>(lane)];
    if (queue.empty()) continue;
    Queued taken{std::move(queue.front()), lane};
    queue.pop_front();
    return taken;
  }
  return std::nullopt;
}

/// In front of what came meanwhile, in the order in which they were taken.
void Writer::put_back(std::vector<Done> group) {
  std::lock_guard const lock(mutex_);
  for (auto entry = group.rbegin(); entry != group.rend(); ++entry)
    lanes_[static_cast<std::size_t>(entry->queued.lane)].push_front(std::move(entry->queued.job));
}

/// How many operations are there; 0: closing and none is left.
std::size_t Writer::wait_for_work() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return closing_ || !lanes_[0].empty() || !lanes_[1].empty(); });
  return lanes_[0].size() + lanes_[1].size();
}

void Writer::loop() {
  while (auto const there = wait_for_work()) {
    auto const most = std::min(there, group_limit_);
    if (poison_)
      fail_group(most, *poison_);
    else
      commit_group(most);
    keep_wal_small();
    mark_feed(std::chrono::steady_clock::now());
  }
}

void Writer::commit_group(std::size_t most) {
  std::vector<Done> group;
  std::optional<core::Error> failure;
  bool committing = false;
  try {
    sql::Transaction transaction(*db_);
    run_group(most, group);
    committing = true;
    transaction.commit();
  } catch (sql::Error const& error) {
    failure = error.error();
    if (committing && is_fatal(error.kind())) poison_ = failure;
  } catch (core::Failure const& error) {
    failure = error.error();
  } catch (std::exception const& error) {
    failure = core::Error{core::Errc::internal, error.what(), "write", {}};
  }
  bool const may_wait = may_wait_for_room();
  if (failure && group.empty() && !(may_wait && is_room(*failure))) return fail_group(most, *failure);  // BEGIN failed
  auto const no_room = finish_group(std::move(group), failure, may_wait);
  no_room ? wait_for_room(*no_room) : has_room();
}

void Writer::run_group(std::size_t most, std::vector<Done>& group) {
  auto const end = std::chrono::steady_clock::now() + group_time;
  do {
    auto queued = take();
    if (!queued) return;
    auto& entry = group.emplace_back(Done{std::move(*queued), nullptr});
    run_one(entry);
    // Disk full and I/O errors make SQLite roll everything back; going on would commit each statement on its own.
    if (db_->in_transaction()) continue;
    if (entry.error) std::rethrow_exception(entry.error);
    throw core::Failure({core::Errc::internal, "an operation ended the writer's transaction", "write", {}});
  } while (group.size() < most && std::chrono::steady_clock::now() < end);
}

void Writer::run_one(Done& entry) {
  try {
    sql::Savepoint savepoint(*db_);
    entry.queued.job->run(*db_);
    savepoint.release();
  } catch (sql::Error const& error) {
    entry.error = std::current_exception();
    if (is_room(error.error())) entry.no_room = error.error();
  } catch (...) {
    entry.error = std::current_exception();
  }
}

/// `failure` undid all of them, but for what an operation threw by itself. Returns what they have to wait for.
std::optional<core::Error> Writer::finish_group(std::vector<Done> group, std::optional<core::Error> const& failure,
                                                bool may_wait) {
  std::optional<core::Error> no_room;
  if (may_wait && failure && is_room(*failure)) no_room = failure;
  std::vector<Done> again;
  for (auto& entry : group) {
    if (may_wait && entry.no_room) no_room = entry.no_room;
    bool const waits = may_wait && (entry.no_room || (!entry.error && failure && is_room(*failure)));
    if (waits)
      again.push_back(std::move(entry));
    else
      entry.queued.job->deliver(!entry.error && failure ? as_exception(*failure) : std::move(entry.error));
  }
  put_back(std::move(again));
  return no_room;
}

bool Writer::may_wait_for_room() const {
  std::lock_guard const lock(mutex_);
  return may_wait_ && !closing_;
}

/// Then one operation at a time: the end of a run may find room where a page of changes does not.
void Writer::wait_for_room(core::Error const& failure) {
  if (!waits_for_room_.exchange(true) && tell_room_) tell_room_(&failure);
  group_limit_ = 1;
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, room_pause, [this] { return closing_ || !may_wait_; });
}

void Writer::has_room() {
  group_limit_ = std::min(2 * group_limit_, most_in_group);
  bool const caught_up = group_limit_ == most_in_group || waiting(Lane::run) + waiting(Lane::intake) == 0;
  if (caught_up && waits_for_room_.exchange(false) && tell_room_) tell_room_(nullptr);
}

void Writer::stop_waiting_for_room() {
  std::lock_guard const lock(mutex_);
  may_wait_ = false;
  wake_.notify_one();
}

void Writer::fail_group(std::size_t most, core::Error const& error) {
  for (std::size_t i = 0; i < most; ++i)
    if (auto const queued = take()) queued->job->deliver(as_exception(error));
}

void Writer::mark_feed(core::Steady now) {
  try {
    mark_.note(*db_, now);
  } catch (sql::Error const&) {
    return;  // whatever is wrong with the database, the next operation tells
  }
}

void Writer::keep_wal_small() {
  auto const frames = db_->wal_frames();
  if (frames < checkpointed_frames_) checkpointed_frames_ = 0;  // the WAL began anew
  try {
    if (frames * db_->page_size() > passive_bytes && frames - checkpointed_frames_ >= passive_step_frames) {
      checkpointed_frames_ = frames;
      db_->checkpoint(sql::Connection::Checkpoint::passive);
    }
    bool const idle = waiting(Lane::run) + waiting(Lane::intake) == 0;
    if (!idle || db_->wal_file_size() <= truncate_bytes) return;
    db_->checkpoint(sql::Connection::Checkpoint::truncate);
    db_->reserve_space();
  } catch (sql::Error const&) {
    return;  // all that was committed is in the WAL, and a later commit tries again or fails by itself
  }
}

void Writer::close() {
  {
    std::lock_guard const lock(mutex_);
    closing_ = true;
    wake_.notify_one();
  }
  if (!thread_.joinable()) return;
  thread_.join();
  mark_feed(core::Steady::max());
  try {
    db_->checkpoint(sql::Connection::Checkpoint::truncate);
    db_->reserve_space();  // for the next start
  } catch (sql::Error const&) {
    // A reader's, the disk's or nobody's fault: the WAL is kept and read at the next start.
  }
  db_.reset();
}

}  // namespace store
