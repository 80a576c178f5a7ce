#include "orchestrator/scheduler.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/units.hpp"
#include "orchestrator/orphans.hpp"
#include "orchestrator/runner.hpp"
#include "orchestrator/startable.hpp"
#include "store/runs.hpp"
#include "store/waits.hpp"

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

}  // namespace

Scheduler::Scheduler(boost::asio::any_io_executor executor, Services& services)
    : executor_(executor),
      services_(services),
      logins_(services),
      images_(services.engine, seams()),
      staging_(services.config.downloads, services.config.staging_max),
      slots_(executor, static_cast<std::size_t>(services.config.starts)),
      wake_(std::move(executor)) {}

Images::Seams Scheduler::seams() {
  Images::Seams seams;
  seams.login = [this](std::string registry) { return logins_.find(std::move(registry)); };
  seams.pulled = [this](std::string reference, docker::Image image) -> awaitable<void> {
    auto note = [reference = std::move(reference), id = std::move(image.id), digest = std::move(image.digest),
                 now = services_.clock.wall()](sql::Connection& db) {
      store::note_pulled_image(db, reference, id, digest, now);
    };
    co_await services_.database.write(Lane::run, std::move(note));
  };
  return seams;
}

awaitable<void> Scheduler::run() {
  auto body = [this](aio::TaskGroup& runners) -> awaitable<void> {
    images_.begin(runners);
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
      auto key = run->inputs.empty() ? std::string() : run->inputs.front().key;
      list.push_back(
          {{no, run->pipeline, run->place, fetches ? Kind::object : Kind::direct, std::move(key), {}}, run->id});
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

namespace {

/// Tells when somebody sets the wall clock back, by the clock that nobody sets.
class WallWatch {
 public:
  explicit WallWatch(core::Clock const& clock) : clock_(clock), ahead_(ahead()) {}
  /// How far since the last call, as a negative time; 0: it was not.
  std::chrono::milliseconds step() {
    auto const before = std::exchange(ahead_, ahead());
    return ahead_ - before < -1s ? ahead_ - before : 0ms;  // what is less, clocks do by themselves
  }

 private:
  [[nodiscard]] std::chrono::milliseconds ahead() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(clock_.wall().time_since_epoch() -
                                                                 clock_.steady().time_since_epoch());
  }

  core::Clock const& clock_;
  std::chrono::milliseconds ahead_;
};

}  // namespace

awaitable<void> Scheduler::loop(aio::TaskGroup& runners) {
  WallWatch wall(services_.clock);
  for (;;) {
    auto const ready = co_await may_start();
    auto deadline = services_.clock.steady() + 2s;
    if (ready) {
      if (orphans_due_ <= services_.clock.steady()) {
        orphans_due_ = services_.clock.steady() + 1h;
        // Beside: a removal that takes long keeps nothing else from starting.
        runners.spawn([this, tell = !std::exchange(strangers_told_, true)] { return tend_orphans(services_, tell); });
      }
      if (auto const step = wall.step(); step < 0ms) {
        spdlog::warn("the clock was set back by {} s; what waits for a time goes by the new one", -step / 1s);
        auto move = [step](sql::Connection& db) { store::move_waits(db, step); };
        co_await services_.database.write(Lane::run, std::move(move));
      }
      deadline = co_await schedule(runners);
    }
    (void)co_await wake_.wait_until(deadline);
    if (runners.stopping()) co_await runners.join();  // a runner failed: let it come out
  }
}

std::string Scheduler::obstacle() const {
  if (!services_.database.waits_for_room()) return obstacle_;
  return "disk_low: the database has no room under " + services_.state_dir.root().string() +
         "; nothing is recorded or started until there is some";
}

awaitable<bool> Scheduler::may_start() {
  std::string obstacle;
  if (services_.clock.steady() - disk_seen_ > disk_trust) {
    auto measure = [&state_dir = services_.state_dir] { return state_dir.space(); };
    space_ = co_await services_.pool.run(std::move(measure));
    disk_seen_ = services_.clock.steady();
  }
  auto const shortage = space_.shortage(services_.config.min_free, services_.config.min_free_inodes);
  if (!shortage.empty()) {
    obstacle = "disk_low: under " + services_.state_dir.root().string() + " are " + shortage +
               "; running containers go on, nothing new starts";
    if (services_.disk_is_low) services_.disk_is_low();
  } else if (services_.clock.steady() - engine_seen_ > engine_trust) {
    auto answer = co_await services_.engine.ping();
    if (answer) {
      engine_info_ = std::move(*answer);
      engine_seen_ = services_.clock.steady();
      if (std::exchange(engine_away_, false)) {
        orphans_due_ = {};  // what was asked of it while it did not answer may have been done since
        auto end = [now = services_.clock.wall()](sql::Connection& db) {
          (void)store::end_holds(db, domain::Reason::engine_unavailable, now);
        };
        co_await services_.database.write(Lane::run, std::move(end));
      }
    } else {
      engine_away_ = true;
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
      std::ranges::count_if(active_, [](auto const& entry) { return entry.second->takes_slot(); }));
}

std::size_t Scheduler::seated() const noexcept {
  return static_cast<std::size_t>(
      std::ranges::count_if(active_, [](auto const& entry) { return !entry.second->admitted; }));
}

std::vector<Scheduler::Unkillable> Scheduler::unkillable() const {
  std::vector<Unkillable> found;
  for (auto const& [no, run] : active_)
    if (run->unkillable) found.push_back({no, run->pipeline});
  return found;
}

std::map<store::PipelineId, int> Scheduler::admitted_by_pipeline() const {
  std::map<store::PipelineId, int> counts;
  for (auto const& [no, run] : active_)
    if (run->takes_slot()) ++counts[run->pipeline];
  return counts;
}

bool Scheduler::awaits_slot(store::RunNo run) const {
  auto const it = active_.find(run);
  return it != active_.end() && it->second->ready && !it->second->admitted;
}

std::vector<Candidate> Scheduler::ready_runs() const {
  std::vector<Candidate> ready;
  for (auto const& [no, run] : active_)
    if (awaits_slot(no) && !run->cancel) ready.push_back({no, run->pipeline, run->place, Kind::ready, run->key, {}});
  return ready;
}

Room Scheduler::room() const {
  auto const left = [](int most, std::size_t taken) {
    return static_cast<std::size_t>(most) > taken ? static_cast<std::size_t>(most) - taken : 0;
  };
  // Where there is no bucket nobody goes ahead, and nothing is asked while all slots are taken.
  auto const seats = services_.config.s3.empty() ? 0 : services_.config.downloads;
  Room room;
  room.slots = left(services_.config.runs, admitted());
  room.seats = left(seats, seated());
  room.taken = admitted_by_pipeline();
  room.shares = shares_;
  room.limits = limits();
  room.used = used();
  room.turns = turns_;
  for (auto const& [no, run] : active_)
    if (auto const share = shares_.find(run->pipeline);
        share != shares_.end() && share->second.serializer && !run->over)
      room.serials.emplace(Serial{run->pipeline, share->second.serializer->value(run->key)}, no);
  return room;
}

void Scheduler::set_share(store::PipelineId pipeline, domain::PipelineSpec const& spec) {
  auto& share = shares_[pipeline];
  share.max_running = spec.max_running;
  share.priority = spec.priority;
  share.run = {spec.cpus > 0 ? spec.cpus : 1, spec.mem_limit, gpus_of(spec.gpus, services_.config.limit_gpus)};
  share.cancels = spec.overlap == domain::Overlap::cancel;
  share.serializer.reset();
  if (!spec.serialize_by.empty())
    share.serializer = std::make_shared<domain::Serializer const>(spec.serialize_by, spec.name);
}

Resources Scheduler::wanted_by(store::PipelineId pipeline) const {
  auto const share = shares_.find(pipeline);
  return share == shares_.end() ? Share{}.run : share->second.run;
}

Resources Scheduler::used() const {
  Resources sum;
  for (auto const& [no, run] : active_)
    if (run->takes_slot()) sum = sum + wanted_by(run->pipeline);
  return sum;
}

std::set<store::RunNo> Scheduler::active_runs() const {
  std::set<store::RunNo> runs;
  for (auto const& [no, run] : active_) runs.insert(no);
  return runs;
}

awaitable<core::Steady> Scheduler::schedule(aio::TaskGroup& runners) {
  auto const room = this->room();
  auto ready = ready_runs();
  first_in_line_.reset();
  bool const may_overtake =
      std::ranges::any_of(room.serials, [&room](auto const& entry) { return room.share(entry.first.first).cancels; });
  if (room.slots == 0 && room.seats == 0 && ready.empty() && !may_overtake)
    co_return services_.clock.steady() + longest_sleep;  // the next end wakes us
  struct Chosen {
    std::vector<Candidate> runs;
    std::vector<Candidate> closed;  ///< ready, and their pipeline is retired or disabled
    std::vector<store::RunNo> overtaken;
    std::optional<core::Wall> due;
    std::optional<store::PipelineId> first_in_line;
  };
  // One transaction with one moment for all: what becomes due behind it is the next wait's.
  auto claim = [&room, buckets = !services_.config.s3.empty(), busy = active_runs(), ready = std::move(ready),
                now = services_.clock.wall()](sql::Connection& db) {
    Chosen chosen;
    auto candidates = ready;
    // What was held for a fault that may have passed tries again in its place of the queue.
    store::requeue_due_held(db, now);
    auto const open = store::open_pipelines(db, now, {});
    auto const live = store::live_pipelines(db);
    for (auto const& run : candidates)
      if (std::ranges::find(live, run.pipeline) == live.end()) chosen.closed.push_back(run);
    std::erase_if(candidates, [&open](auto const& run) { return std::ranges::find(open, run.pipeline) == open.end(); });
    std::vector<Overtaken> overtaken;
    for (auto const& run : find_startable(db, open, room, busy, buckets, now, &overtaken)) candidates.push_back(run);
    for (auto const& [active, newer] : overtaken)
      if (store::cancel_for_newer(db, active, newer, now)) chosen.overtaken.push_back(active);
    for (auto const& run : choose(std::move(candidates), room, &chosen.first_in_line))
      if (run.kind == Kind::ready || store::claim_run(db, run.no, now)) chosen.runs.push_back(run);
    chosen.due = store::next_due(db, now);
    return chosen;
  };
  auto const chosen = co_await services_.database.write(Lane::run, std::move(claim));
  first_in_line_ = chosen.first_in_line;
  for (auto const& run : chosen.closed) send_back(run.no);
  for (auto const no : chosen.overtaken) overtake(no);
  for (auto const& run : chosen.runs) {
    turns_[run.pipeline] = ++turn_;
    run.kind == Kind::ready ? admit(run.no) : launch(runners, run);
  }
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

void Scheduler::overtake(store::RunNo run) {
  auto const it = active_.find(run);
  if (it == active_.end()) return;
  spdlog::info("run {} is cancelled: newer data of its input waits (overlap: cancel)", run.value);
  it->second->for_newer = true;
  (void)cancel(run);
}

std::optional<store::RunNo> Scheduler::goes_before(store::PipelineId pipeline, store::RunNo run,
                                                   std::string const& key) const {
  auto const share = shares_.find(pipeline);
  if (share == shares_.end() || !share->second.serializer) return std::nullopt;
  auto const serials = room().serials;
  auto const active = serials.find({pipeline, share->second.serializer->value(key)});
  if (active == serials.end() || active->second == run) return std::nullopt;
  return active->second;
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
  control.key = run.key;
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

}  // namespace orchestrator
