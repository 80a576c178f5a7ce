#include "orchestrator/scheduler.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "core/units.hpp"
#include "orchestrator/container_plan.hpp"
#include "orchestrator/runner.hpp"
#include "store/runs.hpp"

namespace orchestrator {

using namespace std::chrono_literals;
using store::Lane;
using Kind = Candidate::Kind;

namespace {

/// How long an answer of the engine counts as proof that it is there.
constexpr auto engine_trust = 5s;
constexpr auto longest_sleep = 60s;
/// How long a measurement of the free space counts.
constexpr auto disk_trust = 1s;

std::vector<store::PipelineId> full_pipelines(std::map<store::PipelineId, int> const& counts,
                                              std::map<store::PipelineId, int> const& limits) {
  std::vector<store::PipelineId> full;
  for (auto const& [pipeline, count] : counts) {
    auto const limit = limits.find(pipeline);
    if (limit != limits.end() && count >= limit->second) full.push_back(pipeline);
  }
  return full;
}

}  // namespace

Scheduler::Scheduler(boost::asio::any_io_executor executor, Services& services)
    : executor_(executor),
      services_(services),
      images_(services.engine),
      staging_(services.config.downloads, services.config.staging_max),
      slots_(executor, static_cast<std::size_t>(services.config.starts)),
      wake_(std::move(executor)) {}

awaitable<void> Scheduler::run() {
  auto body = [this](aio::TaskGroup& runners) -> awaitable<void> {
    co_await recover(runners);
    co_await loop(runners);
  };
  co_await aio::with_task_group(std::move(body));
}

awaitable<void> Scheduler::recover(aio::TaskGroup& runners) {
  struct Unfinished {
    Candidate run;
    std::string id;
  };
  auto query = [](sql::Connection& db) {
    std::vector<Unfinished> list;
    for (auto const no : store::unfinished_runs(db)) {
      auto const run = store::load_run(db, no);
      if (!run) continue;
      bool const fetches = run->state == domain::RunState::pulling && !run->inputs.empty() &&
                           domain::is_object(run->inputs.front().version);
      list.push_back({{no, run->pipeline, run->place, fetches ? Kind::object : Kind::direct}, run->id});
    }
    return list;
  };
  auto const unfinished = co_await services_.database.read(std::move(query));
  if (!unfinished.empty()) spdlog::info("taking up {} runs that were under way", unfinished.size());
  // Files of attempts that a crash left between their making and the row that would have told of them.
  std::set<std::string> ids;
  for (auto const& run : unfinished) ids.insert(run.id);
  auto sweep = [&ids, &state_dir = services_.state_dir] { state_dir.remove_attempts_except(ids); };
  co_await services_.pool.run(std::move(sweep));
  for (auto const& each : unfinished) launch(runners, each.run);
}

awaitable<void> Scheduler::loop(aio::TaskGroup& runners) {
  bool orphans_seen = false;
  for (;;) {
    auto const ready = co_await may_start();
    auto deadline = services_.clock.steady() + 2s;
    if (ready) {
      if (!std::exchange(orphans_seen, true)) co_await report_orphans();
      deadline = co_await schedule(runners);
    }
    (void)co_await wake_.wait_until(deadline);
    if (runners.stopping()) co_await runners.join();  // a runner failed: let it come out
  }
}

awaitable<bool> Scheduler::may_start() {
  std::string obstacle;
  if (services_.clock.steady() - disk_seen_ > disk_trust) {
    auto measure = [&state_dir = services_.state_dir] { return state_dir.free_bytes(); };
    free_ = co_await services_.pool.run(std::move(measure));
    disk_seen_ = services_.clock.steady();
  }
  if (free_ >= 0 && free_ < services_.config.min_free) {
    obstacle = "disk_low: " + core::format_bytes(free_) + " free under " + services_.state_dir.root().string() +
               ", storage.min_free is " + core::format_bytes(services_.config.min_free) +
               "; running containers go on, nothing new starts";
  } else if (services_.clock.steady() - engine_seen_ > engine_trust) {
    auto answer = co_await services_.engine.ping();
    if (answer) {
      engine_info_ = std::move(*answer);
      engine_seen_ = services_.clock.steady();
    } else {
      obstacle = "engine_unavailable: " + answer.error().message();
    }
  }
  if (obstacle != obstacle_) {
    if (obstacle.empty())
      spdlog::info("runs start again");
    else
      spdlog::warn("nothing starts: {}", obstacle);
    obstacle_ = std::move(obstacle);
  }
  co_return obstacle_.empty();
}

std::size_t Scheduler::admitted() const noexcept {
  return static_cast<std::size_t>(
      std::ranges::count_if(active_, [](auto const& entry) { return entry.second->admitted; }));
}

std::map<store::PipelineId, int> Scheduler::admitted_by_pipeline() const {
  std::map<store::PipelineId, int> counts;
  for (auto const& [no, run] : active_)
    if (run->admitted) ++counts[run->pipeline];
  return counts;
}

bool Scheduler::awaits_slot(store::RunNo run) const {
  auto const it = active_.find(run);
  return it != active_.end() && it->second->ready && !it->second->admitted;
}

std::vector<Candidate> Scheduler::ready_runs() const {
  std::vector<Candidate> ready;
  for (auto const& [no, run] : active_)
    if (awaits_slot(no) && !run->cancel) ready.push_back({no, run->pipeline, run->place, Kind::ready});
  return ready;
}

Room Scheduler::room() const {
  auto const left = [](int most, std::size_t taken) {
    return static_cast<std::size_t>(most) > taken ? static_cast<std::size_t>(most) - taken : 0;
  };
  // Where there is no bucket nobody goes ahead, and nothing is asked while all slots are taken.
  auto const seats = services_.config.s3.empty() ? 0 : services_.config.downloads;
  return Room{left(services_.config.runs, admitted()), left(seats, active_.size() - admitted()), admitted_by_pipeline(),
              limits_};
}

std::set<store::RunNo> Scheduler::active_runs() const {
  std::set<store::RunNo> runs;
  for (auto const& [no, run] : active_) runs.insert(no);
  return runs;
}

awaitable<core::Steady> Scheduler::schedule(aio::TaskGroup& runners) {
  auto const room = this->room();
  auto ready = ready_runs();
  if (room.slots == 0 && room.seats == 0 && ready.empty())
    co_return services_.clock.steady() + longest_sleep;  // the next end wakes us
  struct Chosen {
    std::vector<Candidate> runs;
    std::vector<Candidate> closed;  ///< ready, and their pipeline is retired or disabled
    std::optional<core::Wall> due;
  };
  // One transaction with one moment for all: what becomes due behind it is the next wait's.
  auto claim = [&room, buckets = !services_.config.s3.empty(), busy = active_runs(), candidates = std::move(ready),
                now = services_.clock.wall()](sql::Connection& db) mutable {
    Chosen chosen;
    // What was held for a fault that may have passed tries again in its place of the queue.
    store::requeue_due_held(db, now);
    auto const open = store::open_pipelines(db, now, {});
    auto const live = store::live_pipelines(db);
    for (auto const& run : candidates)
      if (std::ranges::find(live, run.pipeline) == live.end()) chosen.closed.push_back(run);
    std::erase_if(candidates, [&open](auto const& run) { return std::ranges::find(open, run.pipeline) == open.end(); });
    auto const full = room.seats == 0 ? full_pipelines(room.taken, room.most) : std::vector<store::PipelineId>();
    // A run that is due again may still have the runner that removes its last container: that one wakes us when it is
    // done.
    for (auto const& run : store::startable_runs(db, now, full, busy.size() + room.slots + room.seats))
      if (!busy.contains(run.no))
        candidates.push_back({run.no, run.pipeline, run.place, run.is_object && buckets ? Kind::object : Kind::direct});
    for (auto const& run : choose(std::move(candidates), room))
      if (run.kind == Kind::ready || store::claim_run(db, run.no, now)) chosen.runs.push_back(run);
    chosen.due = store::next_due(db, now);
    return chosen;
  };
  auto const chosen = co_await services_.database.write(Lane::run, std::move(claim));
  for (auto const& run : chosen.closed) send_back(run.no);
  for (auto const& run : chosen.runs) run.kind == Kind::ready ? admit(run.no) : launch(runners, run);
  auto const pause =
      chosen.due ? std::clamp<std::chrono::milliseconds>(*chosen.due - services_.clock.wall(), 1ms, longest_sleep)
                 : std::chrono::milliseconds(longest_sleep);
  co_return services_.clock.steady() + pause;
}

void Scheduler::admit(store::RunNo run) {
  auto const it = active_.find(run);
  if (it == active_.end()) return;  // it was cancelled meanwhile
  it->second->admitted = true;
  it->second->wake.set();
  wake();  // its seat is free: the next one may go ahead
}

void Scheduler::send_back(store::RunNo run) {
  auto const it = active_.find(run);
  if (it == active_.end()) return;
  it->second->sent_back = true;
  it->second->wake.set();
}

void Scheduler::launch(aio::TaskGroup& runners, Candidate const& run) {
  auto& control = *active_.emplace(run.no, std::make_unique<ActiveRun>(executor_, run.no, run.pipeline)).first->second;
  control.place = run.place;
  control.admitted = run.kind != Kind::object;
  control.stir = [this] { wake(); };
  auto body = [this, &control]() -> awaitable<void> {
    struct Leave {
      Scheduler& scheduler;
      store::RunNo no;
      ~Leave() {
        scheduler.active_.erase(no);
        scheduler.wake();
      }
    } const leave{*this, control.no};
    Runner runner(services_, images_, staging_, slots_, control);
    co_await runner.run();
  };
  runners.spawn(std::move(body));
}

bool Scheduler::cancel(store::RunNo run) {
  auto const it = active_.find(run);
  if (it == active_.end()) return false;
  it->second->cancel = true;
  it->second->wake.set();
  return true;
}

awaitable<void> Scheduler::report_orphans() {
  auto listed = co_await services_.engine.list(std::string(label::instance) + "=" + services_.instance);
  if (!listed) co_return;
  for (auto const& container : *listed) {
    auto const it = container.labels.find(label::run_id);
    auto const run_id = it == container.labels.end() ? std::string() : it->second;
    auto query = [run_id](sql::Connection& db) { return store::load_run_by_id(db, run_id); };
    auto const run = co_await services_.database.read(std::move(query));
    if (!run)
      spdlog::warn(
          "container {} bears this instance's label but no run of this database: it is left alone, look at it with "
          "docker inspect",
          container.name);
  }
}

}  // namespace orchestrator
