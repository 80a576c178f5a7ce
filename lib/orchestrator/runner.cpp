#include "orchestrator/runner.hpp"

#include <spdlog/spdlog.h>

#include "aio/sleep.hpp"
#include "domain/backoff.hpp"
#include "domain/source_root.hpp"
#include "domain/spec_json.hpp"
#include "orchestrator/attempt_log.hpp"
#include "store/intake.hpp"
#include "store/pipelines.hpp"

namespace orchestrator {

using namespace std::chrono_literals;
using domain::AttemptAction;
using domain::ContainerState;
using domain::Reason;
using domain::RunState;
using domain::Step;
using store::Lane;

namespace {

/// How long after its grace period a container may take to end by SIGKILL, and how long the init may take after the
/// timeout to stop the command and to seal what it left.
constexpr auto kill_margin = 30s;
constexpr auto init_margin = 60s;
/// A shorter run costs the engine one request for its log and not two; longer ones are seen live from here on.
constexpr auto unfollowed = 300ms;

ContainerState classify(docker::Container const& container, store::AttemptRow const& attempt,
                        std::string const& instance) {
  auto const labelled = [&](char const* name, std::string const& value) {
    auto const it = container.labels.find(name);
    return it != container.labels.end() && it->second == value;
  };
  if (!labelled(label::instance, instance) || !labelled(label::spec, attempt.create_sha256))
    return ContainerState::foreign;
  if (container.status == "running" || container.status == "paused" || container.status == "restarting")
    return ContainerState::running;
  if (container.status == "removing") return ContainerState::removing;
  if (container.status == "created") return ContainerState::created;
  return ContainerState::exited;
}

}  // namespace

Runner::Runner(Services& services, Images& images, Staging& staging, StartSlots& slots, ActiveRun& control)
    : services_(services), images_(images), staging_(staging), slots_(slots), control_(control) {}

bool Runner::may_pass(core::Errc code) noexcept {
  return code == core::Errc::unavailable || code == core::Errc::timeout || code == core::Errc::protocol ||
         code == core::Errc::io || code == core::Errc::no_space;
}

awaitable<void> Runner::run() {
  auto const loaded = co_await load();
  if (!loaded) co_return;
  if (run_.state == RunState::pulling) {
    auto const begun = co_await begin();
    if (!begun) co_return co_await clean_up(run_.attempts + 1);
  }
  if (attempt_.step < Step::collected) {
    auto container = co_await drive();
    if (withdrawn_) {
      co_await put_back(std::move(*withdrawn_), true);
      co_return co_await clean_up(attempt_.number);
    }
    co_await finish(std::move(container));
  }
  co_await discard();
}

awaitable<bool> Runner::load() {
  struct Loaded {
    std::optional<store::RunRow> run;
    std::optional<store::AttemptRow> attempt;
    store::PlainAttempt plain;
    std::string spec;
  };
  auto query = [no = control_.no](sql::Connection& db) {
    Loaded loaded;
    loaded.run = store::load_run(db, no);
    if (!loaded.run) return loaded;
    if (loaded.run->attempts > 0) loaded.attempt = store::load_attempt(db, no, loaded.run->attempts);
    if (loaded.attempt) loaded.plain = store::load_plain_attempt(db, no, loaded.run->attempts);
    if (loaded.run->revision) loaded.spec = store::revision_spec(db, *loaded.run->revision).value_or("");
    return loaded;
  };
  auto loaded = co_await services_.database.read(std::move(query));
  if (!loaded.run || loaded.spec.empty()) co_return false;
  run_ = std::move(*loaded.run);
  pipeline_ = domain::spec_from_json(loaded.spec).value();
  control_.cancel = control_.cancel || run_.cancel_requested;
  if (loaded.attempt) attempt_ = std::move(*loaded.attempt);
  // Of an attempt that is not over; another one begins with nothing.
  if (run_.state != RunState::pulling) plain_.take_up(std::move(loaded.plain));
  bool const was_fetched =
      !run_.inputs.empty() && domain::is_s3_root(run_.inputs.front().root) && !domain::gets_url(pipeline_);
  if (loaded.attempt && was_fetched) place_ = staging_.adopt(run_.no, run_.inputs.front().version.size);
  open_out_ = true;  // whether an earlier life came to it nobody knows, and it does no harm
  co_return run_.state == RunState::pulling || loaded.attempt.has_value();
}

awaitable<bool> Runner::begin() {
  Preparation preparation(services_, images_, staging_, control_);
  auto prepared = co_await preparation.prepare(run_, pipeline_, run_.attempts + 1);
  if (std::holds_alternative<Ready>(prepared)) {
    auto const admitted = co_await control_.admission();
    if (!admitted) prepared = Ends{RunState::cancelled, Reason::cancelled_by_user, {}};
  }
  if (control_.sent_back && !control_.admitted && !control_.cancel) {
    auto put = [no = run_.no, now = services_.clock.wall()](sql::Connection& db) {
      return store::requeue_run(db, no, RunState::queued, Reason::none, {}, {}, now);
    };
    (void)co_await services_.database.write(Lane::run, std::move(put));
    co_return false;
  }
  // Else a run that cannot be prepared could not be cancelled either: it would be held again and again.
  if (control_.cancel && std::holds_alternative<Waits>(prepared))
    prepared = Ends{RunState::cancelled, Reason::cancelled_by_user, {}};
  if (auto* const waits = std::get_if<Waits>(&prepared)) {
    co_await put_back(std::move(*waits), false);
    co_return false;
  }
  if (auto* const ends = std::get_if<Ends>(&prepared)) {
    auto end = [no = run_.no, ends = *ends, now = services_.clock.wall()](sql::Connection& db) {
      return store::move_run(db, no, RunState::pulling, ends.state, ends.reason, ends.detail, now);
    };
    (void)co_await services_.database.write(Lane::run, std::move(end));
    co_return false;
  }
  auto opened = co_await open(std::get<Ready>(std::move(prepared)));
  co_return opened;
}

awaitable<bool> Runner::open(Ready ready) {
  attempt_ = {};
  attempt_.run = run_.no;
  attempt_.number = run_.attempts + 1;
  attempt_.container_name = ready.plan.name;
  attempt_.create_body = ready.plan.body;
  attempt_.create_sha256 = ready.plan.body_sha256;
  attempt_.created = services_.clock.wall();
  open_out_ = ready.plan.open_out;
  auto intent = [&run = run_, &ready, &attempt = attempt_, &reference = pipeline_.image,
                 now = attempt_.created](sql::Connection& db) {
    if (!store::open_attempt(db, attempt, now)) return false;
    // What held it is over, whatever becomes of this run; of the engine only a start shows that.
    store::release_pipeline(db, run.pipeline, Reason::engine_unavailable);
    store::set_image(db, run.no, reference, ready.image.id, ready.image.digest, now);
    store::set_params(db, run.no, ready.params);
    if (auto const& facts = ready.input) {
      auto const& input = run.inputs.front();
      store::set_input_hash(db, run.no, 0, facts->version, facts->hash);
      if (input.source && facts->hash) store::remember_hash(db, *input.source, input.key, facts->version, *facts->hash);
    }
    return true;
  };
  auto const opened = co_await services_.database.write(Lane::run, std::move(intent));
  if (opened) {
    run_.attempts = attempt_.number;
    run_.image_id = ready.image.id;
    run_.image_digest = ready.image.digest;
    if (ready.input) {
      run_.inputs.front().version = ready.input->version;
      place_ = std::move(ready.input->place);
      url_expires_ = ready.input->url_expires;
    }
  }
  co_return opened;
}

awaitable<void> Runner::put_back(Waits why, bool withdrawn) {
  auto const now = services_.clock.wall();
  auto put = [&run = run_, &why, withdrawn, attempt = attempt_.number, now](sql::Connection& db) {
    if (why.reason == Reason::input_changed && store::resolve_changed_input(db, run.no, now)) return false;
    if (withdrawn) store::withdraw_attempt(db, run.no, attempt);
    auto until = now + 10s;
    if (why.whole_pipeline) {
      bool noted = false;  // runs that met the fault at one time are one trial
      auto const pipelines = store::list_pipelines(db);
      for (auto const& row : pipelines) {
        if (row.id != run.pipeline) continue;
        noted = row.hold_until && *row.hold_until > now;
        until = noted ? *row.hold_until
                      : now + domain::backoff_delay(5s, static_cast<int>(row.hold_count) + 1,
                                                    static_cast<std::uint64_t>(run.no.value));
      }
      if (!noted) store::hold_pipeline(db, run.pipeline, why.reason, why.detail, until);
    }
    return store::requeue_run(db, run.no, RunState::held, why.reason, why.detail, until, now);
  };
  auto const held = co_await services_.database.write(Lane::run, std::move(put));
  if (held) spdlog::warn("run {} of {} is held: {}", run_.no.value, run_.pipeline_name, why.detail);
}

awaitable<core::Result<ContainerState>> Runner::look() {
  auto found = co_await services_.engine.inspect(attempt_.container_name);
  if (found) {
    container_ = std::move(*found);
    auto const state = classify(*container_, attempt_, services_.instance);
    if (state != ContainerState::foreign) attempt_.container_id = container_->id;
    // An engine that answers questions may still refuse to create or start, again and again.
    if (state == ContainerState::running || state == ContainerState::exited) trouble_ = refusals_ = 0;
    co_return state;
  }
  if (found.error().code != core::Errc::not_found) co_return found.error();
  container_.reset();
  co_return ContainerState::absent;
}

std::chrono::milliseconds Runner::pause_after(core::Error const& error) {
  if (trouble_++ == 0)
    spdlog::warn("run {}: the engine does not answer, looking again: {}", run_.no.value, error.message());
  return std::min<std::chrono::milliseconds>(200ms * (1 << std::min(trouble_, 6)), 10s);
}

awaitable<std::optional<docker::Container>> Runner::drive() {
  // A fresh attempt has no container yet: its create meets a name that is taken, if that is not so.
  bool fresh = attempt_.step == Step::creating && attempt_.created >= services_.clock.wall() - 1s;
  while (!refused_ && !stuck_ && !ended_unseen_ && !withdrawn_) {
    if (image_gone_) co_await bring_back_image();
    if (refused_ || withdrawn_) break;
    core::Result<ContainerState> seen = ContainerState::absent;
    if (!std::exchange(fresh, false)) seen = co_await look();
    if (!seen) {
      refusals_ = 0;  // it is away: that is another trouble
      (void)co_await control_.wake.wait_until(services_.clock.steady() + pause_after(seen.error()));
      continue;
    }
    switch (domain::next_action(attempt_.step, *seen)) {
      case AttemptAction::create:
        co_await launch(false);
        break;
      case AttemptAction::start:
        co_await launch(true);
        break;
      case AttemptAction::await_exit:
        co_await await_exit();
        break;
      case AttemptAction::judge:
        co_return container_;
      case AttemptAction::look_again:
        co_await aio::sleep_for(100ms);
        break;
      case AttemptAction::lost:
        co_return std::nullopt;
      case AttemptAction::refuse:
        refused_ =
            core::Error{core::Errc::conflict, "the container name is taken by a container that this run did not make",
                        attempt_.container_name, "remove or rename it, then retry the run"};
        break;
    }
  }
  if (ended_unseen_) co_return container_;
  co_return std::nullopt;
}

awaitable<void> Runner::launch(bool is_there) {
  bool runs = false;
  {
    // Given back once it runs: what is bounded here is starting, not running.
    auto const hold = co_await slots_.acquire();
    if (control_.cancel) {
      refused_ = core::Error{core::Errc::conflict, "cancelled before it was started", attempt_.container_name, {}};
      co_return;
    }
    if (!is_there) is_there = co_await create();
    if (is_there) runs = co_await start();
  }
  if (runs) co_await await_exit();
}

awaitable<void> Runner::commit_step(Step step) {
  attempt_.step = step;
  auto commit = [&attempt = attempt_, pipeline = run_.pipeline, step,
                 now = services_.clock.wall()](sql::Connection& db) {
    store::set_step(db, attempt.run, attempt.number, step, attempt.container_id, now);
    if (step == Step::running) {
      (void)store::move_run(db, attempt.run, RunState::starting, RunState::running, Reason::none, {}, now);
      store::release_pipeline(db, pipeline);
    }
  };
  co_await services_.database.write(Lane::run, std::move(commit));
}

awaitable<void> Runner::await_exit() {
  if (attempt_.step < Step::running) co_await commit_step(Step::running);
  if (!pipeline_.init) co_await plain_.is_running();
  auto body = [this](aio::TaskGroup& children) { return watch_container(children); };
  co_await aio::with_task_group(std::move(body));
}

awaitable<void> Runner::watch_container(aio::TaskGroup& children) {
  bool woken_by_engine = false;
  auto wait = [this, &woken_by_engine]() -> awaitable<void> {
    auto waited = co_await services_.engine.wait(attempt_.container_id);
    if (!waited) co_await aio::sleep_for(pause_after(waited.error()));
    ended_in_sight_ = waited.has_value();
    woken_by_engine = true;
    control_.wake.set();
  };
  children.spawn(std::move(wait));
  AttemptLog log(services_, run_.id, attempt_.number, pipeline_.secrets, pipeline_.log_limit);
  auto follow = [this, log]() mutable -> awaitable<void> {
    co_await aio::sleep_for(unfollowed);
    co_await log.follow(attempt_.container_id);
  };
  children.spawn(std::move(follow));
  bool stopping = false;
  auto overdue = core::Steady::max();  // then it should have ended, whatever is in it
  if (pipeline_.init && pipeline_.timeout > 0ms)
    overdue = services_.clock.steady() + pipeline_.timeout + pipeline_.stop_grace_period + init_margin;
  while (!woken_by_engine) {
    bool stop = control_.cancel;
    if (!stop && !pipeline_.init) stop = co_await plain_.overdue();
    if (stop && !std::exchange(stopping, true)) {
      overdue = services_.clock.steady() + pipeline_.stop_grace_period + kill_margin;
      auto end_it = [this]() -> awaitable<void> {
        auto const grace = std::chrono::ceil<std::chrono::seconds>(pipeline_.stop_grace_period);
        auto stopped = co_await services_.engine.stop(attempt_.container_id, grace);
        if (!stopped) (void)co_await services_.engine.kill(attempt_.container_id, "KILL");
      };
      children.spawn(std::move(end_it));
    }
    // A wait can hang for ever on a connection that a middle box dropped: look now and then.
    auto const look_at = control_.unkillable ? core::Steady::max() : overdue;
    auto const until = std::min(look_at, plain_.or_deadline(services_.clock.steady() + 30s));
    auto const signalled = co_await control_.wake.wait_until(until);
    if (signalled) continue;
    auto const seen = co_await look();
    if (!seen) continue;
    if (*seen != ContainerState::running) co_return;
    if (services_.clock.steady() < overdue || container_->status == "paused") continue;
    co_await give_up_slot();
    // The engine may not have heard, or has given up.
    if (stopping) (void)co_await services_.engine.kill(attempt_.container_id, "KILL");
  }
}

awaitable<void> Runner::give_up_slot() {
  if (std::exchange(control_.unkillable, true)) co_return;
  spdlog::error("run {} of {}: container {} was to end and goes on, even after SIGKILL; its slot is free, look at it",
                run_.no.value, run_.pipeline_name, attempt_.container_name);
  auto note = [no = run_.no, name = attempt_.container_name, now = services_.clock.wall()](sql::Connection& db) {
    (void)store::move_run(db, no, RunState::running, RunState::running, Reason::unkillable,
                          "container " + name + " goes on", now);
  };
  co_await services_.database.write(Lane::run, std::move(note));
  control_.stir();
}

}  // namespace orchestrator
