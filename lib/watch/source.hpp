#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"

namespace watch {

using boost::asio::awaitable;

/// What came of push notifications since the daemon started.
struct HintHealth {
  std::int64_t received = 0;
  std::int64_t waiting = 0;  ///< stored, not looked at yet
  core::Wall last{};         ///< epoch: none came
  bool alive = false;        ///< one came within a day
  std::int64_t changes = 0;  ///< of the last day, at most 1000
  std::int64_t misses = 0;   ///< of them: those that only a listing found
  double miss_ratio = 0;
  std::string warning;  ///< what is wrong with them, and what to do; empty: nothing
};

/// How a source is doing, for `status`, the API and the page.
struct SourceHealth {
  enum class State : std::uint8_t { starting, scanning, watching, degraded, offline };
  State state = State::starting;
  std::string reason;            ///< why it is not simply watching, and what to do; why the last scan was made
  std::int64_t items = 0;        ///< files known; the source itself tells how many its last complete scan saw
  std::int64_t directories = 0;  ///< watched now
  std::int64_t settling = 0;     ///< waiting for quiet now
  std::int64_t unreadable = 0;   ///< entries whose state is unknown (EACCES, EIO)
  std::int64_t overflows = 0;
  std::int64_t scans = 0;
  core::Wall last_scan{};  ///< end of the last complete scan; epoch when none yet
  // S3 only
  std::int64_t listed = 0;         ///< objects that the pass under way has listed so far
  std::int64_t missing = 0;        ///< known objects that the last pass did not list, not proven gone yet
  std::int64_t requests = 0;       ///< made since the daemon started: what is paid for
  std::int64_t lists = 0;          ///< of these, the listings
  std::int64_t pass_lists = 0;     ///< listings that the last pass took
  std::int64_t shards = 0;         ///< stretches of keys that are listed by themselves
  std::int64_t rested = 0;         ///< of these, those that the newest pass left out, since the budget is smaller
  std::int64_t lists_per_day = 0;  ///< at the pace since the daemon started
  core::Wall complete_as_of{};  ///< everything older than this is known: the oldest beginning of a shard's last listing
  std::optional<std::chrono::milliseconds> lag;  ///< how long ago that was; nullopt: not everything was listed yet
  HintHealth hints;
};

/// What a source goes by: the shortest waits of the pipelines on it.
struct Pace {
  std::chrono::milliseconds settle{2000};           ///< a folder: quiet time that a change needs before it is committed
  std::chrono::milliseconds every{30'000};          ///< S3: from the beginning of one listing to that of the next
  std::chrono::milliseconds full_every{3'600'000};  ///< S3: everything is listed so often at least
  bool append = false;                              ///< S3: all of them say that keys only grow
  std::vector<std::string> files;  ///< S3: their globs; keys that none of them can match may be left out
};

/// A place where data lives. run() goes until it is cancelled and reports settled differences to its Ledger.
class Source {
 public:
  virtual ~Source() = default;
  virtual awaitable<void> run() = 0;
  /// A full comparison soon; `reason` is shown. Returns at once.
  virtual void request_scan(std::string reason) = 0;
  /// One key should be looked at soon, because somebody found it different from what the inventory says. Returns at
  /// once; may be forgotten (a scan finds the same).
  virtual void look_at(std::string key) = 0;
  virtual void set_pace(Pace pace) = 0;
  [[nodiscard]] virtual SourceHealth health() const = 0;
};

}  // namespace watch
