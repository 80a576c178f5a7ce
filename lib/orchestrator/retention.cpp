#include "orchestrator/retention.hpp"

#include <spdlog/spdlog.h>

#include <filesystem>

#include "core/units.hpp"

namespace orchestrator {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using store::Lane;
using store::LeftoverKind;

namespace {

constexpr std::size_t page = 200;
constexpr std::size_t room_page = 10;  // not much more than is needed
constexpr std::size_t most_listed = 100;

std::int64_t size_below(fs::path const& path) {
  std::error_code error;
  if (!fs::is_directory(fs::symlink_status(path, error))) {
    auto const size = fs::file_size(path, error);
    return error ? 0 : static_cast<std::int64_t>(size);
  }
  std::int64_t sum = 0;
  for (auto it = fs::recursive_directory_iterator(path, error); !error && it != fs::recursive_directory_iterator();
       it.increment(error))
    if (it->is_regular_file(error)) sum += static_cast<std::int64_t>(it->file_size(error));
  return sum;
}

/// One run's leftovers, where they are.
struct Removal {
  store::LeftoverRow row;
  std::vector<fs::path> paths;
  bool for_room = false;
};

struct Removed {
  std::int64_t bytes = 0;
  bool gone = false;
};

std::vector<Removed> remove_files(std::vector<Removal> const& removals, bool dry_run) {
  std::vector<Removed> done;
  for (auto const& removal : removals) {
    Removed each;
    each.gone = true;
    for (auto const& path : removal.paths) {
      each.bytes += size_below(path);
      std::error_code error;
      if (!dry_run) fs::remove_all(path, error);
      if (error) each.gone = false;  // looked at again the next time
    }
    done.push_back(each);
  }
  return done;
}

}  // namespace

/// What is gone through: one kind, up to an age.
struct Retention::Sweep {
  LeftoverKind kind = LeftoverKind::log;
  std::optional<std::chrono::milliseconds> age;
  bool for_room = false;  ///< until the disk is no longer low
  bool dry_run = false;
  std::int64_t need = 0;  ///< so many bytes would be room enough; for a dry run, which makes none
};

Retention::Retention(boost::asio::any_io_executor executor, Services& services, Pace pace)
    : services_(services), pace_(pace), wake_(std::move(executor)), guard_(0ms, pace.step_hold) {}

awaitable<void> Retention::run() {
  auto next = services_.clock.steady() + pace_.first;
  auto last = services_.clock.steady() - pace_.low_disk;
  for (;;) {
    auto const woken = co_await wake_.wait_until(next);
    auto const now = services_.clock.steady();
    if (woken && now - last < pace_.low_disk) continue;
    last = now;
    try {
      auto const report = co_await collect(false);
      if (!report) spdlog::warn("retention: {}", report.error().message());
    } catch (core::Failure const& failure) {
      spdlog::error("retention waits: {}", failure.what());
    }
    next = services_.clock.steady() + pace_.every;
  }
}

awaitable<bool> Retention::is_low() const {
  auto measure = [&state_dir = services_.state_dir] { return state_dir.space(); };
  auto const space = co_await services_.pool.run(std::move(measure));
  co_return !space.shortage(services_.config.min_free, services_.config.min_free_inodes).empty();
}

awaitable<std::optional<core::Steady>> Retention::doubted() {
  auto const steady = services_.clock.steady();
  auto const wall = services_.clock.wall();
  auto const stepped = guard_.hold(wall, steady);
  if (!doubted_until_) {
    auto query = [](sql::Connection& db) { return store::last_retention(db); };
    auto const last = co_await services_.database.read(std::move(query));
    bool const odd = last && (wall < *last - 1h || wall > *last + pace_.believable);
    doubted_until_ = odd ? steady + pace_.doubt : core::Steady{};
  }
  auto const until = std::max(stepped.value_or(core::Steady{}), *doubted_until_);
  co_return steady < until ? std::optional(until) : std::nullopt;
}

awaitable<core::Result<RetentionReport>> Retention::collect(bool dry_run) {
  if (busy_)
    co_return core::Error{core::Errc::conflict, "leftovers are being removed already", "gc", "ask again in a moment"};
  struct Busy {
    bool& flag;
    explicit Busy(bool& value) : flag(value) { flag = true; }
    ~Busy() { flag = false; }
  } const busy(busy_);
  auto const until = co_await doubted();
  if (until && !dry_run) {
    auto const wait = std::chrono::ceil<std::chrono::minutes>(*until - services_.clock.steady());
    co_return core::Error{
        core::Errc::unavailable,
        "the clock was set, or ran far ahead while the daemon was away, so ages are not to be trusted", "gc",
        "nothing is removed for " + std::to_string(wait.count()) + " min; look at `date`"};
  }
  RetentionReport report;
  report.dry_run = dry_run;
  auto const& rules = services_.config.retention;
  Sweep by_age{LeftoverKind::log, rules.logs, false, dry_run};
  co_await sweep(by_age, report);
  by_age = {LeftoverKind::artifacts, rules.artifacts, false, dry_run};
  co_await sweep(by_age, report);
  if (rules.make_room) co_await make_room(report);
  co_await sweep_images(report);
  auto measure = [&state_dir = services_.state_dir] { return state_dir.free_bytes(); };
  report.free_bytes = co_await services_.pool.run(std::move(measure));
  if (dry_run) co_return report;
  auto keep = [now = services_.clock.wall()](sql::Connection& db) { store::keep_last_retention(db, now); };
  co_await services_.database.write(Lane::intake, std::move(keep));
  removed_bytes_ += report.logs.bytes + report.artifacts.bytes;
  if (report.logs.runs + report.artifacts.runs > 0)
    spdlog::info("retention: removed the logs of {} runs ({}) and the artifacts of {} ({})", report.logs.runs,
                 core::format_bytes(report.logs.bytes), report.artifacts.runs,
                 core::format_bytes(report.artifacts.bytes));
  co_return report;
}

awaitable<void> Retention::make_room(RetentionReport& report) {
  bool const low = co_await is_low();
  if (!low) co_return;
  auto measure = [&state_dir = services_.state_dir] { return state_dir.free_bytes(); };
  auto const free = co_await services_.pool.run(std::move(measure));
  Sweep sweep_out{LeftoverKind::artifacts, 0ms, true, report.dry_run, services_.config.min_free - free};
  co_await sweep(sweep_out, report);
  sweep_out.kind = LeftoverKind::log;
  sweep_out.need -= report.artifacts.bytes;
  co_await sweep(sweep_out, report);
}

awaitable<void> Retention::sweep(Sweep sweep, RetentionReport& report) {
  if (!sweep.age) co_return;
  auto& sum = sweep.kind == LeftoverKind::log ? report.logs : report.artifacts;
  auto const now = services_.clock.wall();
  std::map<store::PipelineId, std::set<store::RunNo>> newest;
  std::optional<store::LeftoverCursor> cursor;
  for (;;) {
    if (sweep.for_room && sweep.dry_run && sum.bytes >= sweep.need) co_return;
    if (sweep.for_room && !sweep.dry_run) {
      bool const low = co_await is_low();
      if (!low) co_return;
    }
    auto query = [&sweep, &cursor, before = now - *sweep.age](sql::Connection& db) {
      return store::find_leftovers(db, sweep.kind, cursor, before, sweep.for_room ? room_page : page);
    };
    auto const rows = co_await services_.database.read(std::move(query));
    if (rows.empty()) co_return;
    cursor = store::LeftoverCursor{rows.back().finished, rows.back().no};
    auto look_up = [&rows, &newest, count = services_.config.retention.keep_last](sql::Connection& db) {
      for (auto const& row : rows)
        if (!newest.contains(row.pipeline)) newest[row.pipeline] = store::newest_good(db, row.pipeline, count);
    };
    co_await services_.database.read(std::move(look_up));
    std::vector<Removal> removals;
    for (auto const& row : rows) {
      domain::Leftover const leftover{row.finished, row.pinned, newest[row.pipeline].contains(row.no)};
      auto const kept = domain::keeps(leftover, sweep.age, now);
      if (!sweep.for_room) {
        sum.pinned += kept == domain::Keep::pinned ? 1 : 0;
        sum.newest += kept == domain::Keep::newest ? 1 : 0;
      }
      if (kept != domain::Keep::none) continue;
      Removal removal{row, {}, sweep.for_room};
      for (std::int64_t attempt = 1; attempt <= row.attempts; ++attempt)
        removal.paths.push_back(sweep.kind == LeftoverKind::log
                                    ? services_.state_dir.log(row.id, attempt)
                                    : services_.state_dir.root() /
                                          services_.state_dir.artifacts(row.pipeline_name, row.id, attempt));
      removals.push_back(std::move(removal));
    }
    auto work = [&removals, dry_run = sweep.dry_run] { return remove_files(removals, dry_run); };
    auto const done = co_await services_.pool.run(std::move(work));
    std::vector<store::RunNo> gone;
    for (std::size_t i = 0; i < removals.size(); ++i) {
      auto const& row = removals[i].row;
      if (!done[i].gone) continue;
      gone.push_back(row.no);
      if (done[i].bytes == 0) continue;  // it left nothing behind, or somebody was faster
      ++sum.runs;
      sum.bytes += done[i].bytes;
      if (report.list.size() < most_listed)
        report.list.push_back(
            {row.no.value, row.id, row.pipeline_name, sweep.kind, done[i].bytes, row.finished, sweep.for_room});
    }
    if (sweep.dry_run || gone.empty()) continue;
    auto mark = [&sweep, &gone, now](sql::Connection& db) { store::mark_removed(db, sweep.kind, gone, now); };
    co_await services_.database.write(Lane::intake, std::move(mark));
  }
}

}  // namespace orchestrator
