#include "store/writer.hpp"

#include <pthread.h>

#include <algorithm>
#include <chrono>

#include "sql/transaction.hpp"

namespace store {
namespace {

constexpr std::size_t group_limit = 256;
constexpr std::chrono::milliseconds group_time{100};  // how long a run's end may wait behind intake, about
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

}  // namespace

Writer::Writer(std::unique_ptr<sql::Connection> db)
    : db_(std::move(db)), mark_(db_->file()), thread_([this] { loop(); }) {
  ::pthread_setname_np(thread_.native_handle(), "tw-sql-write");
}

Writer::~Writer() {
  close();
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

Writer::JobPtr Writer::take() {
  std::lock_guard const lock(mutex_);
  for (auto& lane : lanes_) {
    if (lane.empty()) continue;
    auto job = std::move(lane.front());
    lane.pop_front();
    return job;
  }
  return nullptr;
}

/// How many operations are there; 0: closing and none is left.
std::size_t Writer::wait_for_work() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return closing_ || !lanes_[0].empty() || !lanes_[1].empty(); });
  return lanes_[0].size() + lanes_[1].size();
}

void Writer::loop() {
  while (auto const there = wait_for_work()) {
    auto const most = std::min(there, group_limit);
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
  for (auto& [job, error] : group)
    job->deliver(error == nullptr && failure ? as_exception(*failure) : std::move(error));
  if (failure && group.empty()) fail_group(most, *failure);  // BEGIN failed
}

void Writer::run_group(std::size_t most, std::vector<Done>& group) {
  auto const end = std::chrono::steady_clock::now() + group_time;
  do {
    auto job = take();
    if (job == nullptr) return;
    auto& entry = group.emplace_back(Done{std::move(job), nullptr});
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
    entry.job->run(*db_);
    savepoint.release();
  } catch (...) {
    entry.error = std::current_exception();
  }
}

void Writer::fail_group(std::size_t most, core::Error const& error) {
  for (std::size_t i = 0; i < most; ++i)
    if (auto const job = take()) job->deliver(as_exception(error));
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
