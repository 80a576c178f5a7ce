#include "orchestrator/plain_container.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "aio/sleep.hpp"
#include "core/boot_id.hpp"
#include "docker/container_processes.hpp"
#include "docker/wire.hpp"
#include "orchestrator/verdict.hpp"

namespace orchestrator {

using namespace std::chrono_literals;
using domain::Acceptance;
using domain::AttemptEnd;
using domain::ContainerState;
using domain::PlainEnd;
using domain::Reason;
using domain::RunState;
using domain::Settled;
using store::Lane;

namespace {

ContainerState state_of(docker::Container const& container) {
  if (container.status == "exited") return ContainerState::exited;
  if (container.status == "created") return ContainerState::created;
  if (container.status == "running" || container.status == "paused" || container.status == "restarting")
    return ContainerState::running;
  return ContainerState::absent;  // "dead", "removing": nothing that it says counts
}

/// Engines write year 1 for never.
bool is_set(std::string const& time) {
  return docker::read_time(time) > core::Wall{};
}

domain::RunningSince now_of(core::Clock const& clock) {
  auto const at = std::chrono::duration_cast<std::chrono::milliseconds>(clock.steady().time_since_epoch());
  return {core::boot_id(), at};
}

void interrupt(AttemptEnd& end, Reason reason, std::string detail) {
  end.outcome = RunState::interrupted;
  end.reason = reason;
  end.detail = std::move(detail);
  end.exit_code.reset();  // the engine's word, which is not believed
}

void refuse(AttemptEnd& end, Acceptance why, PlainEnd const& seen) {
  switch (why) {
    case Acceptance::accept:
    case Acceptance::accept_log_suspect:
      return;
    case Acceptance::adopt:
    case Acceptance::engine_restarted:
      return interrupt(end, Reason::engine_restarted,
                       "the engine restarted around its end, and without an init nobody else has recorded that");
    case Acceptance::killed_externally:
      return interrupt(end, Reason::killed_externally,
                       seen.started_again ? "somebody started its container again after it had ended"
                       : seen.killed      ? "somebody sent it a signal (docker stop, docker kill)"
                                     : "its exit code is 0, but the engine does not tell whether somebody stopped it");
    case Acceptance::lost:
      return interrupt(end, Reason::container_lost,
                       "its container is gone, and without an init nobody has recorded its end");
    case Acceptance::may_run_unseen:
      return interrupt(end, Reason::engine_restarted,
                       "the engine was killed and has forgotten that it started this container");
  }
}

}  // namespace

bool PlainContainer::is_away(core::Error const& error) noexcept {
  return error.code == core::Errc::unavailable || error.code == core::Errc::timeout ||
         error.code == core::Errc::protocol;
}

awaitable<core::Result<std::optional<Settled>>> PlainContainer::settle() {
  auto const answered = co_await services_.engine.ping();
  if (!answered) co_return answered.error();
  co_await aio::sleep_for(2s);
  auto const seen = co_await services_.engine.inspect(attempt_.container_id);
  if (!seen) co_return seen.error();
  if (seen->status != "created") co_return std::optional<Settled>();
  domain::Unanswered unanswered{false, is_set(seen->started_at), seen->exit_code, false};
  docker::Engine::FrameSink sink = [&unanswered](std::vector<docker::LogFrame> frames) -> awaitable<void> {
    unanswered.has_log = unanswered.has_log || !frames.empty();
    co_return;
  };
  auto const read = co_await services_.engine.logs(attempt_.container_id, false, std::move(sink));
  if (!read) co_return read.error();
  auto const engine = co_await services_.engine.generation();  // last: it has lived through all of the above
  if (!engine) co_return engine.error();
  unanswered.same_engine = engine->token == known_.engine;
  co_return std::optional(domain::settle(unanswered));
}

awaitable<core::Result<void>> PlainContainer::note_engine() {
  auto engine = co_await services_.engine.generation();
  if (!engine) co_return engine.error();
  known_.engine = std::move(engine->token);
  auto note = [&attempt = attempt_, &token = known_.engine](sql::Connection& db) {
    store::set_attempt_engine(db, attempt.run, attempt.number, token);
  };
  co_await services_.database.write(Lane::run, std::move(note));
  co_return core::Result<void>();
}

awaitable<Reason> PlainContainer::why_refused() {
  constexpr int not_executable = 126, not_found = 127;
  auto const seen = co_await services_.engine.inspect(attempt_.container_id);
  if (seen && seen->exit_code == not_found) co_return Reason::command_not_found;
  if (seen && seen->exit_code == not_executable) co_return Reason::command_not_executable;
  co_return Reason::start_refused;
}

awaitable<void> PlainContainer::is_running() {
  auto const now = now_of(services_.clock);
  if (known_.running.boot.empty() && !now.boot.empty()) {
    known_.running = now;
    auto mark = [&attempt = attempt_, now](sql::Connection& db) {
      store::set_running_since(db, attempt.run, attempt.number, now);
    };
    co_await services_.database.write(Lane::run, std::move(mark));
  }
  if (!deadline_ && pipeline_.timeout > 0ms)
    deadline_ = services_.clock.steady() + domain::time_left(pipeline_.timeout, known_.running, now);
  // First who answers, then whether it runs: so a restart in between can only make us more careful.
  auto engine = co_await services_.engine.generation();
  if (!engine || engine->token == known_.engine) co_return;
  auto const seen = co_await services_.engine.inspect(attempt_.container_id);
  if (!seen) co_return;
  PlainEnd end;
  end.container = state_of(*seen);
  if (domain::accept_end(end) != Acceptance::adopt) co_return;
  known_.engine = std::move(engine->token);
  auto adopt = [&attempt = attempt_, &token = known_.engine](sql::Connection& db) {
    store::set_attempt_engine(db, attempt.run, attempt.number, token);
  };
  co_await services_.database.write(Lane::run, std::move(adopt));
  spdlog::info("run {}: its container runs on under a restarted engine", attempt_.run.value);
}

core::Steady PlainContainer::or_deadline(core::Steady at) const {
  return deadline_ && !known_.timed_out ? std::min(at, *deadline_) : at;
}

awaitable<bool> PlainContainer::overdue() {
  if (known_.timed_out) co_return true;
  if (!deadline_ || services_.clock.steady() < *deadline_) co_return false;
  known_.timed_out = true;
  auto note = [&attempt = attempt_, now = services_.clock.wall()](sql::Connection& db) {
    store::set_attempt_timed_out(db, attempt.run, attempt.number, now);
  };
  co_await services_.database.write(Lane::run, std::move(note));
  co_return true;
}

awaitable<core::Result<PlainEnd>> PlainContainer::examine() {
  auto const before = co_await services_.engine.generation();
  if (!before) co_return before.error();
  auto found = co_await services_.engine.inspect(attempt_.container_id);
  if (!found) co_return found.error();
  PlainEnd end;
  end.container = state_of(*found);
  end.exit_code = found->exit_code;
  end.finished = docker::read_time(found->finished_at);
  // It had ended when it was seen last.
  end.started_again = end.container == ContainerState::running;
  auto const told = co_await services_.engine.history(found->id, end.finished);
  if (!told && is_away(told.error())) co_return told.error();
  end.events_known = told.has_value();
  if (told) {
    end.killed = told->kills > 0;
    end.started_again = end.started_again || told->starts > 1 || told->deaths > 1;
  }
  auto const after = co_await services_.engine.generation();
  if (!after) co_return after.error();
  if (!(*after == *before))
    co_return core::Error{
        core::Errc::unavailable, "the engine restarted while it was asked", attempt_.container_name, {}};
  end.same_engine = after->token == known_.engine;
  end.engine_began = after->began;
  container_ = std::move(*found);
  co_return end;
}

awaitable<PlainEnd> PlainContainer::examine_when_there() {
  for (int tries = 1;; ++tries) {
    auto const end = co_await examine();
    if (end) co_return *end;
    if (end.error().code == core::Errc::not_found) co_return PlainEnd();
    if (tries == 1)
      spdlog::warn("run {}: how it ended cannot be asked yet: {}", attempt_.run.value, end.error().message());
    co_await aio::sleep_for(std::min<std::chrono::milliseconds>(200ms * tries, 10s));
  }
}

AttemptEnd PlainContainer::end_of(PlainEnd const& seen) const {
  Evidence evidence;
  evidence.container = container_;
  evidence.cancel_requested = control_.cancel;
  evidence.record.started = true;
  domain::InitExit exit;
  exit.code = seen.exit_code;
  exit.finished_at = seen.finished;
  exit.timed_out = known_.timed_out;
  evidence.record.exit = exit;
  auto end = orchestrator::judge(evidence);
  end.max_rss_bytes.reset();  // nobody has measured them
  end.cpu_ms.reset();
  if (seen.container != ContainerState::exited) end.exited.reset();
  return end;
}

awaitable<void> PlainContainer::prove_ended(AttemptEnd& end) {
  constexpr int most_looks = 20;
  // Elsewhere its processes cannot be seen, and who cannot see proves nothing.
  auto ask = [&engine = services_.engine] { return engine.local_generation().has_value(); };
  auto const engine_is_here = co_await services_.pool.run(std::move(ask));
  bool const is_here = engine_is_here && !attempt_.container_id.empty();
  for (int looks = 0; is_here && looks < most_looks; ++looks) {
    auto look = [id = attempt_.container_id] { return docker::any_process_in_container(id); };
    auto const found = co_await services_.pool.run(std::move(look));
    if (!found) co_return;
    co_await aio::sleep_for(500ms);
  }
  end.may_run_unseen = true;
  end.detail +=
      "; its command may still run, so it is not tried again: look for it on the host, then `tidewheel retry RUN`";
}

awaitable<AttemptEnd> PlainContainer::judge(std::optional<docker::Container> container) {
  container_ = std::move(container);
  PlainEnd seen;
  if (container_ && container_->status == "created")
    seen.container = ContainerState::created;
  else if (container_)
    seen = co_await examine_when_there();
  auto const acceptance = domain::accept_end(seen);
  auto end = end_of(seen);
  if (container_ && !attempt_.started && is_set(container_->started_at))
    attempt_.started = docker::read_time(container_->started_at);
  end.log_suspect = acceptance == Acceptance::accept_log_suspect;
  bool const is_ours = end.outcome == RunState::cancelled || end.outcome == RunState::timed_out;
  if (acceptance == Acceptance::may_run_unseen && !is_ours) {
    refuse(end, acceptance, seen);
    co_await prove_ended(end);
  } else if (!is_ours)
    refuse(end, acceptance, seen);
  else if (acceptance != Acceptance::accept && acceptance != Acceptance::accept_log_suspect &&
           acceptance != Acceptance::killed_externally)
    end.exit_code.reset();
  co_return end;
}

awaitable<void> PlainContainer::confirm(AttemptEnd& end) {
  for (int tries = 1; end.outcome == RunState::succeeded && container_; ++tries) {
    auto const seen = co_await services_.engine.inspect(attempt_.container_id);
    if (seen && seen->started_at == container_->started_at && state_of(*seen) == ContainerState::exited) co_return;
    if (!seen && seen.error().code == core::Errc::not_found) co_return;  // what was taken out of it came before
    if (seen)
      co_return interrupt(end, Reason::killed_externally,
                          "somebody started its container again before everything was taken out of it");
    co_await aio::sleep_for(std::min<std::chrono::milliseconds>(200ms * tries, 10s));
  }
}

}  // namespace orchestrator
